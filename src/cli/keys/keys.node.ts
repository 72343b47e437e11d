/**
 * `chambers keys create|list|revoke`: the keys of a gateway, at the desk.
 * A new key is printed once; it is nowhere else.
 */
import { parseArgs } from 'node:util'
import { requestsPerMinuteSchema } from '../../access/authenticate.ts'
import type { KeyRecord } from '../../access/key-record.ts'
import { MODES } from '../../policy/section.ts'
import { CONSENTS } from '../../transcript/record/record.ts'
import { openDesk } from '../desk/open-desk.node.ts'
import { CONNECTION } from '../shell/admin-token.node.ts'
import { type Command, UsageError } from '../shell/io.ts'
import { tableOf } from '../shell/table.ts'
import { createKey, listKeys, revokeKey } from './ask-keys.ts'

export const keysCreate: Command = async (args, io) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...CONNECTION,
      tenant: { type: 'string', default: 'default' },
      app: { type: 'string', default: 'default' },
      policy: { type: 'string', multiple: true, default: [] },
      consent: { type: 'string', default: 'audit' },
      mode: { type: 'string' },
      rpm: { type: 'string' },
      expires: { type: 'string' },
    },
  })
  const key = {
    tenant: values.tenant,
    app: values.app,
    policies: values.policy,
    consent: oneOf('--consent', values.consent, CONSENTS),
    ...(values.mode !== undefined && {
      mode: oneOf('--mode', values.mode, MODES.toReversed()),
    }),
    ...(values.rpm !== undefined && { requestsPerMinute: readCount(values.rpm) }),
    ...(values.expires !== undefined && { expires: readDate(values.expires) }),
  }
  await using desk = await openDesk({ ...values, environment: io.environment })
  const made = await createKey(desk.client, key)
  io.stdout(io.json ? `${JSON.stringify({ ...made, ...key })}\n` : `${made.key}\n`)
  if (!io.json) io.stderr('This key is shown only now: the gateway keeps its digest alone\n')
  return 0
}

export const keysList: Command = async (args, io) => {
  const { values } = parseArgs({ args: [...args], options: CONNECTION })
  await using desk = await openDesk({ ...values, environment: io.environment })
  const records = await listKeys(desk.client)
  if (io.json) {
    for (const record of records) io.stdout(`${JSON.stringify(record)}\n`)
  } else io.stdout(records.length === 0 ? 'No keys\n' : tableOf(HEADINGS, records.map(rowOf)))
  return 0
}

export const keysRevoke: Command = async (args, io) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: CONNECTION,
    allowPositionals: true,
  })
  const [id, ...others] = positionals
  if (id === undefined || others.length > 0) {
    throw new UsageError('Name one key to revoke: chambers keys revoke ID')
  }
  await using desk = await openDesk({ ...values, environment: io.environment })
  if (!(await revokeKey(desk.client, id))) {
    io.stderr(`No such key: ${id}\n`)
    return 1
  }
  io.stdout(io.json ? `${JSON.stringify({ id, revoked: true })}\n` : `Revoked ${id}\n`)
  return 0
}

const HEADINGS = ['id', 'tenant', 'app', 'policies', 'consent', 'mode', 'rpm', 'created', 'state']

function rowOf(record: KeyRecord): string[] {
  const { id, tenant, app, policies, consent, minimumMode, requestsPerMinute } = record
  const { created, revoked, expires } = record
  return [
    id,
    tenant,
    app,
    policies.join(',') || '-',
    consent,
    minimumMode ?? '-',
    String(requestsPerMinute ?? '-'),
    new Date(created).toISOString().slice(0, 10),
    revoked !== null
      ? 'revoked'
      : expires !== null
        ? `until ${new Date(expires).toISOString().slice(0, 10)}`
        : 'live',
  ]
}

function oneOf<Word extends string>(option: string, value: string, words: readonly Word[]): Word {
  const word = words.find((one) => one === value)
  if (word === undefined) throw new UsageError(`Set ${option} to ${words.join(', ')}: ${value}`)
  return word
}

function readCount(value: string): number {
  const { success, data } = requestsPerMinuteSchema.safeParse(Number(value))
  if (!success) throw new UsageError(`Set --rpm to requests a minute, 1 to 1000000: ${value}`)
  return data
}

function readDate(value: string): number {
  const time = Date.parse(value)
  if (Number.isNaN(time)) throw new UsageError(`Set --expires to a date like 2027-01-31: ${value}`)
  return time
}
