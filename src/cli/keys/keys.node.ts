/**
 * `chambers keys create|list|revoke`: the keys of a gateway, at the desk.
 * A new key is printed once; it is nowhere else.
 */
import { requestsPerMinuteSchema } from '../../access/authenticate.ts'
import { MODES } from '../../policy/section.ts'
import { CONSENTS } from '../../transcript/record/record.ts'
import { openDesk } from '../desk/open-desk.node.ts'
import { sayUnknownPolicies } from '../desk/say-unknown.ts'
import { CONNECTION } from '../shell/admin-token.node.ts'
import { declareCommand, type Options } from '../shell/declare-command.ts'
import { UsageError } from '../shell/io.ts'
import { oneWordOf } from '../shell/read-values.ts'
import { tableOf } from '../shell/table.ts'
import { createKey, type ListedKey, listKeys, revokeKey } from './ask-keys.ts'
import { lifeOf } from './life-of.ts'
import { readExpiry } from './read-expiry.ts'

const WORDS_OF_MODES = MODES.toReversed().join(', ')

const CREATE_OPTIONS = {
  ...CONNECTION,
  tenant: { takes: 'T', says: 'The tenant that the key belongs to', default: 'default' },
  app: { takes: 'A', says: 'The app that uses the key', default: 'default' },
  policy: {
    takes: 'ID',
    says: 'A policy that the app may choose, the first where it chooses none, * any',
    multiple: true,
    otherwise: 'the one that the gateway is configured with',
  },
  consent: {
    takes: 'CONSENT',
    says: `What may be kept of the app's requests: ${CONSENTS.join(', ')}`,
    default: 'audit',
    read: oneWordOf(CONSENTS, CONSENTS.join(', ')),
  },
  mode: {
    takes: 'MODE',
    says: `The weakest mode that its requests may run in: ${WORDS_OF_MODES}`,
    otherwise: 'as the policy says',
    read: oneWordOf(MODES, WORDS_OF_MODES),
  },
  rpm: {
    takes: 'N',
    says: 'Requests that the key may make a minute',
    otherwise: 'no limit of its own',
    read: readRate,
  },
  expires: {
    takes: 'DATE',
    says: 'The last day (UTC) on which requests with this key are let in, as 2027-01-31, or for how long: 90d',
    otherwise: 'never',
    read: readExpiry,
  },
} as const satisfies Options

export const keysCreate = declareCommand({
  options: CREATE_OPTIONS,
  async run({ values }, io) {
    const { tenant, app, policy: policies, consent, mode, rpm, expires } = values
    const key = {
      tenant,
      app,
      policies,
      consent,
      ...(mode !== undefined && { mode }),
      ...(rpm !== undefined && { requestsPerMinute: rpm }),
      ...(expires !== undefined && { expires }),
    }
    await using desk = await openDesk({ ...values, environment: io.environment })
    const made = await createKey(desk.client, key)
    io.stdout(io.json ? `${JSON.stringify({ ...made, ...key })}\n` : `${made.key}\n`)
    if (!io.json) io.stderr('This key is shown only now: the gateway keeps its digest alone\n')
    io.stderr(await sayUnknownPolicies(desk.client, policies))
    return 0
  },
})

export const keysList = declareCommand({
  options: CONNECTION,
  async run({ values }, io) {
    await using desk = await openDesk({ ...values, environment: io.environment })
    const records = await listKeys(desk.client)
    if (io.json) {
      for (const record of records) io.stdout(`${JSON.stringify(record)}\n`)
    } else io.stdout(records.length === 0 ? 'No keys\n' : tableOf(HEADINGS, records.map(rowOf)))
    return 0
  },
})

export const keysRevoke = declareCommand({
  positionals: { id: { takes: 'ID', says: 'The key, as `keys list` names it' } },
  wanted: 'Name one key to revoke: chambers keys revoke ID',
  options: CONNECTION,
  async run({ values, positionals: { id } }, io) {
    await using desk = await openDesk({ ...values, environment: io.environment })
    if (!(await revokeKey(desk.client, id))) {
      io.stderr(`No such key: ${id}\n`)
      return 1
    }
    io.stdout(io.json ? `${JSON.stringify({ id, revoked: true })}\n` : `Revoked ${id}\n`)
    return 0
  },
})

const HEADINGS = ['id', 'tenant', 'app', 'policies', 'consent', 'mode', 'rpm', 'created', 'state']

function rowOf(record: ListedKey): string[] {
  const { id, tenant, app, policies, consent, minimumMode, requestsPerMinute } = record
  const { created, hiddenPolicies = 0 } = record
  const more = hiddenPolicies > 0 ? [`${hiddenPolicies} more`] : []
  return [
    id,
    tenant,
    app,
    [...policies, ...more].join(',') || '-',
    consent,
    minimumMode ?? '-',
    String(requestsPerMinute ?? '-'),
    dateOf(created),
    lifeOf(record, Date.now()),
  ]
}

function dateOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}

function readRate(text: string, option: string): number {
  const { success, data } = requestsPerMinuteSchema.safeParse(Number(text))
  if (!success) throw new UsageError(`Set ${option} to requests a minute, 1 to 1000000: ${text}`)
  return data
}
