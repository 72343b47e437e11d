/**
 * `chambers admins create|list|revoke`: people with tokens of their own, at the desk. A token is printed once; it is nowhere else.
 * To revoke `local-admin`, whom a first start has made, does file I/O in the data folder: a new key is put there, and gateways over
 * the folder look at it with every token.
 */
import { SCOPES } from '../../admin/authenticate-admin.ts'
import { systemClock } from '../../lib/clock.ts'
import { isLoopback } from '../../lib/loopback.ts'
import { LOCAL_ADMIN, revokeLocalAdmin } from '../../start/node/local-admin.node.ts'
import { openStores } from '../../start/node/open-stores.node.ts'
import { openDesk, readConfigOf } from '../desk/open-desk.node.ts'
import { sayUnknownPolicies } from '../desk/say-unknown.ts'
import { CONNECTION, type Connection, gatewayUrl } from '../shell/admin-token.node.ts'
import { cliActor } from '../shell/cli-actor.node.ts'
import { declareCommand, type Options } from '../shell/declare-command.ts'
import { type Io, UsageError } from '../shell/io.ts'
import { oneWordOf } from '../shell/read-values.ts'
import { tableOf } from '../shell/table.ts'
import { createPerson, type ListedPerson, listPeople, revokePerson } from './ask-admins.ts'
import { lastDay, lifeOf } from './life-of.ts'
import { readExpiry } from './read-expiry.ts'

const CREATE_OPTIONS = {
  ...CONNECTION,
  scope: {
    takes: 'SCOPE',
    says: `What they may do: ${SCOPES.join(', ')}`,
    multiple: true,
    read: oneWordOf(SCOPES, `one of ${SCOPES.join(', ')} each time it is given`),
  },
  tenant: {
    takes: 'T',
    says: 'A tenant whose transcripts and keys they may see',
    multiple: true,
    otherwise: 'all',
  },
  policy: {
    takes: 'ID',
    says: 'A policy that they may see and change',
    multiple: true,
    otherwise: 'all',
  },
  expires: {
    takes: 'DATE',
    says: 'The last day (UTC) on which the token lets them in, as 2027-01-31, or for how long: 30d',
    otherwise: '90d',
    read: readExpiry,
  },
} as const satisfies Options

export const adminsCreate = declareCommand({
  positionals: { name: { takes: 'NAME', says: 'As the audit log shall name them: ann' } },
  wanted:
    'Name one person, and each thing that they may do: chambers admins create ann --scope policy:read --scope policy:write',
  options: CREATE_OPTIONS,
  async run({ values, positionals: { name } }, io) {
    const { scope: scopes, tenant, policy, expires } = values
    if (scopes.length === 0) {
      throw new UsageError(`Say what ${name} may do, with --scope: ${SCOPES.join(', ')}`)
    }
    await using desk = await openDesk({ ...values, environment: io.environment })
    const made = await createPerson(desk.client, {
      name,
      scopes: [...scopes],
      ...(tenant.length > 0 && { tenants: [...tenant] }),
      ...(policy.length > 0 && { policies: [...policy] }),
      ...(expires !== undefined && { expires }),
    })
    io.stdout(io.json ? `${JSON.stringify(made)}\n` : `${made.token}\n`)
    io.stderr(await sayUnknownPolicies(desk.client, policy))
    if (!io.json) {
      io.stderr(
        `This token is shown only now. ${name} puts it into CHAMBERS_TOKEN; it ends on ${lastDay(made.expires)}\n`,
      )
    }
    return 0
  },
})

export const adminsList = declareCommand({
  options: CONNECTION,
  async run({ values }, io) {
    await using desk = await openDesk({ ...values, environment: io.environment })
    const people = await listPeople(desk.client)
    if (io.json) for (const person of people) io.stdout(`${JSON.stringify(person)}\n`)
    else {
      const rows = people.map((person) => rowOf(person, Date.now()))
      io.stdout(people.length === 0 ? 'Nobody has a token of their own\n' : tableOf(HEADINGS, rows))
    }
    return 0
  },
})

export const adminsRevoke = declareCommand({
  positionals: {
    id: {
      takes: 'ID',
      says: `The person, by id or name, as \`admins list\` has them; ${LOCAL_ADMIN}: whom a first start has made`,
    },
  },
  wanted: 'Name the person to revoke: chambers admins revoke ann',
  options: CONNECTION,
  async run({ values, positionals: { id } }, io) {
    const connection = { ...values, environment: io.environment }
    return id === LOCAL_ADMIN ? revokeLocal(connection, io) : revokeNamed(connection, id, io)
  },
})

async function revokeNamed(connection: Connection, named: string, io: Io): Promise<number> {
  await using desk = await openDesk(connection)
  const people = await listPeople(desk.client)
  const person = people.find(
    ({ id, name, revoked }) => id === named || (name === named && revoked === null),
  )
  if (!person || !(await revokePerson(desk.client, person.id))) {
    io.stderr(
      people.some(({ name }) => name === named)
        ? `Leave it: no token of ${named} is left that was not revoked (admins list)\n`
        : `No such admin here: ${named} (admins list). Tokens of another issuer are revoked there\n`,
    )
    return 1
  }
  const { id, name } = person
  io.stdout(
    io.json ? `${JSON.stringify({ id, name, revoked: true })}\n` : `Revoked ${name} (${id})\n`,
  )
  return 0
}

/** @throws UsageError where a gateway of another machine is meant: its key is there. */
async function revokeLocal(connection: Connection, io: Io): Promise<number> {
  const url = gatewayUrl(connection)
  if (url !== null && !isLoopback(URL.parse(url)?.hostname ?? '')) {
    throw new UsageError(
      `Revoke ${LOCAL_ADMIN} on the machine of ${url}, over the DATA_DIR of its gateway: this one has another key`,
    )
  }
  const config = await readConfigOf(connection)
  const { dataDir } = config
  const tokenFile = await revokeLocalAdmin({ dataDir, clock: systemClock })
  io.stdout(
    io.json
      ? `${JSON.stringify({ id: LOCAL_ADMIN, revoked: true, tokenFile })}\n`
      : `Revoked every token of ${LOCAL_ADMIN}; a new one is in ${tokenFile}\n`,
  )
  // A database that is away must keep nobody from being shut out.
  await using opened = await openStores(config)
  const event = { actor: cliActor(), action: 'admin.revoke', policy: null, tenant: null }
  await opened.stores.audit.commit({ ...event, details: { id: LOCAL_ADMIN } }, [])
  return 0
}

const HEADINGS = ['id', 'name', 'scopes', 'tenants', 'policies', 'made by', 'state']

function rowOf(person: ListedPerson, now: number): string[] {
  const { id, name, scopes, tenants, policies, createdBy } = person
  const lists = [scopes, tenants, policies].map((list) => list.join(','))
  return [id, name, ...lists, createdBy, lifeOf(person, now)]
}
