import type { JWTPayload } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  type AdminStore,
  createAdminStore,
  createVerifyPerson,
} from '../../../src/access/admin-store.ts'
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
let audit: ReturnType<typeof createAuditLog>

beforeEach(async () => {
  now = Date.parse('2027-01-01T00:00:00Z')
  const database = openSqlite({ path: ':memory:' })
  await migrate(database)
  const clock = { now: () => now, monotonic: () => now }
  audit = createAuditLog({ database, clock })
  admins = createAdminStore({ database, audit, clock, random: systemRandom })
})

const make = async (days = 30, name = ANN.name) => {
  const made = await admins.create({ ...ANN, name, expires: now + days * DAY_MS }, 'admin:root')
  if (!made.ok) throw new Error(made.failure.reason)
  return made.value
}
const noted = async () =>
  (await audit.read(0, 100)).map(({ actor, action, details }) => [actor, action, details.name])

describe('a person', () => {
  it('lives until they are revoked, at once, and the audit log says who did what', async () => {
    const { id } = await make()
    expect(await admins.findLive(id)).toMatchObject({ ...ANN, createdBy: 'admin:root' })
    expect(await admins.revoke(id, 'admin:bob')).toBe(true)
    expect(await admins.findLive(id)).toBeNull()
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
    const { id } = await make(1)
    now += DAY_MS - 1
    expect(await admins.findLive(id)).not.toBeNull()
    now += 1
    expect(await admins.findLive(id)).toBeNull()
  })

  it('is none where nobody has made one', async () => {
    expect(await admins.findLive('adm_0000000000000000')).toBeNull()
    expect(await admins.revoke('adm_0000000000000000', 'admin:bob')).toBe(false)
  })
})

describe('a name', () => {
  it('is one person’s at a time', async () => {
    await make()
    expect(await admins.create({ ...ANN, expires: now + DAY_MS }, 'admin:root')).toEqual({
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
    expect(await admins.findLive(second.id)).toBeNull()
    expect(await admins.findLive(third.id)).not.toBeNull()
    expect(new Set([first.id, second.id, third.id]).size).toBe(3)
  })
})

describe('a token', () => {
  const verifyOf = (claims: JWTPayload | null) => createVerifyPerson(async () => claims, admins)

  it('gives what its person holds now, whatever it says itself', async () => {
    const { id } = await make()
    const verify = verifyOf({ jti: id, sub: 'eve', scope: 'admin:manage', tenants: ['*'] })
    expect(await verify('token')).toEqual({
      sub: 'ann',
      scope: 'policy:write policy:read',
      tenants: ['acme'],
      policies: ['*'],
    })
    await admins.revoke(id, 'admin:bob')
    expect(await verify('token')).toBeNull()
  })

  it.each([[null], [{ sub: 'ann' }], [{ jti: 'adm_0', sub: 'ann' }]])(
    'of %j lets nobody in',
    async (claims) => {
      await make()
      expect(await verifyOf(claims)('token')).toBeNull()
    },
  )
})
