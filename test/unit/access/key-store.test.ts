import { beforeEach, describe, expect, it } from 'vitest'
import {
  createFindKey,
  createKeyStore,
  type KeyStore,
  keyToPrincipal,
} from '../../../src/access/key-store.ts'
import { type AuditLog, createAuditLog } from '../../../src/audit/audit-log.ts'
import { type Database, DatabaseError } from '../../../src/database/database.ts'
import { migrate } from '../../../src/database/migrate.ts'
import { openSqlite } from '../../../src/database/sqlite.node.ts'
import { systemRandom } from '../../../src/lib/clock.ts'
import { sha256Hex } from '../../../src/lib/digest.ts'

const MINUTE = 60_000
const ACTOR = 'admin:ada'
const base = { tenant: 'acme', app: 'chat', policies: ['default'], consent: 'audit' } as const

let time: number
let state: 'up' | 'gone' | 'hanging'
let lookups: number
let database: Database
let audit: AuditLog
let keys: KeyStore
/** Another instance over the same database. */
let other: KeyStore

beforeEach(async () => {
  time = 1_000_000
  state = 'up'
  lookups = 0
  const real = openSqlite({ path: ':memory:' })
  await migrate(real)
  database = {
    ...real,
    all(sql, params) {
      lookups++
      if (state === 'gone') return Promise.reject(new DatabaseError('unavailable', 'gone'))
      if (state === 'hanging') return new Promise(() => {})
      return real.all(sql, params)
    },
  }
  const clock = { now: () => time, monotonic: () => time }
  audit = createAuditLog({ database, clock })
  const open = () =>
    createKeyStore({ database, audit, clock, random: systemRandom, lookupTimeoutMs: 20 })
  keys = open()
  other = open()
})

const failed = (reason: string) => ({ ok: false, failure: { reason } })

describe('a gateway key', () => {
  it('verifies as what it was made for', async () => {
    const limits = { mode: 'enforce', requestsPerMinute: 60, expires: time + MINUTE } as const
    const { id, key } = await keys.create({ ...base, ...limits }, ACTOR)
    expect(key).toMatch(new RegExp(`^chm_${id}_[0-9a-f]{40}$`))
    const record = {
      ...base,
      id,
      minimumMode: 'enforce',
      requestsPerMinute: 60,
      created: time,
      expires: time + MINUTE,
      revoked: null,
    }
    expect(await keys.verify(key)).toEqual({ ok: true, value: record })
    expect(await other.list()).toEqual([record])
  })

  it('that may choose any policy says so', async () => {
    const { key } = await keys.create({ ...base, policies: '*' }, ACTOR)
    const verified = await keys.verify(key)
    expect(verified.ok && keyToPrincipal(verified.value)).toMatchObject({
      kind: 'key',
      policies: ['*'],
      minimumMode: null,
      scope: [],
    })
  })

  it('is nowhere in the database, nor is its secret', async () => {
    const { key } = await keys.create(base, ACTOR)
    const rows = await database.all('SELECT * FROM gateway_keys')
    expect(JSON.stringify(rows)).not.toContain(key.slice(-40))
    expect(JSON.stringify(await keys.list())).not.toContain('hash')
  })

  it.each(['', 'chm_', 'sk-something', `chm_${'0'.repeat(8)}_${'0'.repeat(39)}G`])(
    'of another form (%j) is unknown without asking the database',
    async (presented) => {
      expect(await keys.verify(presented)).toEqual(failed('key_unknown'))
      expect(lookups).toBe(0)
    },
  )

  it('with one digit altered is unknown', async () => {
    const { key } = await keys.create(base, ACTOR)
    const altered = key.slice(0, -1) + (key.endsWith('0') ? '1' : '0')
    expect(await keys.verify(altered)).toEqual(failed('key_unknown'))
  })

  it('is looked up once a second, not once a request', async () => {
    const { key } = await keys.create(base, ACTOR)
    lookups = 0
    for (let request = 0; request < 5; request++) await keys.verify(key)
    expect(lookups).toBe(1)
    time += 1_000
    await keys.verify(key)
    expect(lookups).toBe(2)
  })

  it('once revoked is refused at once here and within a second elsewhere', async () => {
    const { id, key } = await keys.create(base, ACTOR)
    await keys.verify(key)
    await other.verify(key)
    expect(await keys.revoke(id, ACTOR)).toBe(true)
    expect(await keys.verify(key)).toEqual(failed('key_revoked'))
    time += 1_000
    expect(await other.verify(key)).toEqual(failed('key_revoked'))
  })

  it('keeps the time of its first revocation', async () => {
    const { id } = await keys.create(base, ACTOR)
    await keys.revoke(id, ACTOR)
    const revoked = time
    time += MINUTE
    expect(await keys.revoke(id, ACTOR)).toBe(true)
    expect(await keys.list()).toMatchObject([{ id, revoked }])
    expect(await keys.revoke('00000000', ACTOR)).toBe(false)
  })

  it('is refused from the moment it expires, remembered or not', async () => {
    const { key } = await keys.create({ ...base, expires: time + 500 }, ACTOR)
    expect((await keys.verify(key)).ok).toBe(true)
    time += 500
    expect(await keys.verify(key)).toEqual(failed('key_expired'))
  })

  it.each(['gone', 'hanging'] as const)(
    'stays good for ten minutes while the database is %s, and no longer',
    async (outage) => {
      const { key } = await keys.create(base, ACTOR)
      await keys.verify(key)
      state = outage
      time += 10 * MINUTE - 1
      expect((await keys.verify(key)).ok).toBe(true)
      time += 1
      expect(await keys.verify(key)).toEqual(failed('keys_unavailable'))
    },
  )

  it('makes one request in a second wait for a database that hangs', async () => {
    const { key } = await keys.create(base, ACTOR)
    await keys.verify(key)
    state = 'hanging'
    time += 5_000
    lookups = 0
    for (let request = 0; request < 5; request++) await keys.verify(key)
    expect(lookups).toBe(1)
  })

  it('becomes a principal, nobody, or an error that says which', async () => {
    const { id, key } = await keys.create(base, ACTOR)
    const find = createFindKey(keys)
    const hash = await sha256Hex(key)
    expect(await find(hash)).toEqual({
      ...base,
      kind: 'key',
      id,
      minimumMode: null,
      requestsPerMinute: null,
      scope: [],
      subject: null,
    })
    expect(await find('0'.repeat(64))).toBeNull()
    state = 'gone'
    await expect(find('0'.repeat(64))).rejects.toMatchObject({
      code: 'storage_unavailable',
      status: 503,
      message: 'The API key could not be checked',
    })
  })

  it('never seen is not taken for good or for bad while the database is gone', async () => {
    const { key } = await keys.create(base, ACTOR)
    state = 'gone'
    expect(await keys.verify(key)).toEqual(failed('keys_unavailable'))
    state = 'up'
    expect((await keys.verify(key)).ok).toBe(true)
  })

  it('is in the audit log with whoever made and revoked it, once each, and without the key', async () => {
    const { id, key } = await keys.create({ ...base, mode: 'shadow' }, ACTOR)
    await keys.revoke(id, 'cli:grace')
    await other.revoke(id, 'cli:late')
    await keys.revoke('00000000', ACTOR)
    const entries = await audit.read(0, 10)
    const limits = { minimumMode: 'shadow', requestsPerMinute: null, expires: null }
    const details = { id, app: 'chat', policies: ['default'], consent: 'audit', ...limits }
    const common = { policy: null, tenant: 'acme' }
    expect(entries).toMatchObject([
      { ...common, actor: ACTOR, action: 'key.create', details },
      { ...common, actor: 'cli:grace', action: 'key.revoke', details: { id, app: 'chat' } },
    ])
    expect(entries).toHaveLength(2)
    const told = JSON.stringify(entries)
    for (const secret of [key, key.slice(13), await sha256Hex(key)]) {
      expect(told).not.toContain(secret)
    }
  })

  it('is not made where the audit log cannot be written', async () => {
    await database.batch([{ sql: 'DROP TABLE audit', params: [] }])
    await expect(keys.create(base, ACTOR)).rejects.toThrow(DatabaseError)
    expect(await keys.list()).toEqual([])
  })

  it('is listed for its own tenant', async () => {
    await keys.create(base, ACTOR)
    await keys.create({ ...base, tenant: 'other' }, ACTOR)
    expect((await keys.list('other')).map(({ tenant }) => tenant)).toEqual(['other'])
  })
})
