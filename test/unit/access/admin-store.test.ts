import { beforeEach, describe, expect, it } from 'vitest'
import { type AdminStore, createAdminStore } from '../../../src/access/admin-store.ts'
import { createAuthenticateAdmin } from '../../../src/admin/authenticate-admin.ts'
import { createAuditLog } from '../../../src/audit/audit-log.ts'
import { migrate } from '../../../src/database/migrate.ts'
import { openSqlite } from '../../../src/database/sqlite.node.ts'
import { systemRandom } from '../../../src/lib/clock.ts'

const DAY_MS = 86_400_000
const ANN = {
  name: 'ann',
  scopes: ['policy:write', 'policy:read'],
  tenants: ['acme'],
  policies: ['*'],
}

let now: number
let admins: AdminStore
let authenticate: (token: string) => ReturnType<ReturnType<typeof createAuthenticateAdmin>>
let audit: ReturnType<typeof createAuditLog>

beforeEach(async () => {
  now = Date.parse('2027-01-01T00:00:00Z')
  const database = openSqlite({ path: ':memory:' })
  await migrate(database)
  const clock = { now: () => now, monotonic: () => now }
  audit = createAuditLog({ database, clock })
  admins = createAdminStore({ database, audit, clock, random: systemRandom })
  const authenticateAdmin = createAuthenticateAdmin({ verifyToken: null, people: admins, clock })
  authenticate = (token) => authenticateAdmin(`Bearer ${token}`)
})

const by = { actor: 'admin:root', issue: async ({ id }: { id: string }) => `token-of-${id}` }
/** What a token is answered: whose it is, or why it lets nobody in. */
const answerTo = (token: string) =>
  authenticate(token).then(
    ({ actor }) => actor,
    (error: Error) => error.message,
  )

const make = async (days = 30, name = ANN.name) => {
  const made = await admins.create({ ...ANN, name, expires: now + days * DAY_MS }, by)
  if (!made.ok) throw new Error(made.failure.reason)
  return { ...made.value.person, token: made.value.token }
}
const noted = async () =>
  (await audit.read(0, 100)).map(({ actor, action, details }) => [actor, action, details.name])

describe('a person', () => {
  it('lives until they are revoked, at once, and the audit log says who did what', async () => {
    const { id, token } = await make()
    expect(await admins.find(token)).toMatchObject({ ...ANN, id, createdBy: 'admin:root' })
    expect(await answerTo(token)).toBe('admin:ann')
    expect(await admins.revoke(id, 'admin:bob')).toBe(true)
    expect(await answerTo(token)).toBe(
      'The token of ann was revoked at 2027-01-01T00:00:00.000Z: ask for a new one',
    )
    expect(await noted()).toEqual([
      ['admin:root', 'admin.create', 'ann'],
      ['admin:bob', 'admin.revoke', 'ann'],
    ])
  })

  it('is revoked once', async () => {
    const { id } = await make()
    await admins.revoke(id, 'admin:bob')
    now += DAY_MS
    expect(await admins.revoke(id, 'admin:eve')).toBe(true)
    expect((await admins.list())[0]?.revoked).toBe(now - DAY_MS)
    expect(await noted()).toHaveLength(2)
  })

  it('ends with their time', async () => {
    const { token } = await make(1)
    now += DAY_MS - 1
    expect(await answerTo(token)).toBe('admin:ann')
    now += 1
    expect(await answerTo(token)).toBe(
      'The token of ann ended at 2027-01-02T00:00:00.000Z: ask for a new one',
    )
  })

  it('is none where nobody has made one', async () => {
    expect(await answerTo('token-of-adm_0000000000000000')).toMatch(/^The admin token is missing/)
    expect(await admins.revoke('adm_0000000000000000', 'admin:bob')).toBe(false)
  })
})

describe('a name', () => {
  it('is one person’s at a time', async () => {
    await make()
    expect(await admins.create({ ...ANN, expires: now + DAY_MS }, by)).toEqual({
      ok: false,
      failure: { reason: 'name_taken' },
    })
    expect(await noted()).toHaveLength(1)
  })

  it('is free again behind who was revoked, and behind whose time is over', async () => {
    const first = await make(1)
    await admins.revoke(first.id, 'admin:bob')
    const second = await make(1)
    now += DAY_MS
    const third = await make(1)
    expect(await answerTo(second.token)).toMatch(/^The token of ann ended/)
    expect(await answerTo(third.token)).toBe('admin:ann')
    expect(new Set([first.id, second.id, third.id]).size).toBe(3)
  })
})

describe('a token', () => {
  it('is worth what its person holds now, until they end', async () => {
    const { token, expires } = await make()
    expect(await authenticate(token)).toEqual({
      subject: 'ann',
      actor: 'admin:ann',
      scopes: new Set(ANN.scopes),
      tenants: ['acme'],
      policies: ['*'],
      expires,
    })
  })

  it('stands nowhere, nor does anything that one could be made of', async () => {
    const { token } = await make()
    expect(JSON.stringify(await audit.read(0, 100))).not.toContain(token)
    expect(JSON.stringify(await admins.list())).not.toContain(token)
  })
})
