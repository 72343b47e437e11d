import { beforeEach, describe, expect, it } from 'vitest'
import { createKeyCopies, type KeyCopy, openKeyCopyFile } from '../../../src/access/key-copy.ts'
import { createKeyStore, type KeyStore } from '../../../src/access/key-store.ts'
import { createAuditLog } from '../../../src/audit/audit-log.ts'
import { type Database, DatabaseError } from '../../../src/database/database.ts'
import { migrate } from '../../../src/database/migrate.ts'
import { openSqlite } from '../../../src/database/sqlite.node.ts'
import { systemRandom } from '../../../src/lib/clock.ts'
import { sha256Hex } from '../../../src/lib/digest.ts'
import { type MemoryCopies, memoryCopies } from '../../fakes/storage.ts'

const MINUTE = 60_000
const base = { tenant: 'acme', app: 'chat', policies: ['default'], consent: 'audit' } as const
const failed = (reason: string) => ({ ok: false, failure: { reason } })

let wall: number
/** Each start has a monotonic clock of its own. */
let startedAt: number
let isAway: boolean
let real: Database
let copies: MemoryCopies
let kept: Promise<unknown>[]

beforeEach(async () => {
  wall = 1_800_000_000_000
  startedAt = wall
  isAway = false
  real = openSqlite({ path: ':memory:' })
  await migrate(real)
  copies = memoryCopies()
  kept = []
})

const kinds: readonly (readonly [string, () => Promise<KeyCopy & { flush?(): Promise<void> }>])[] =
  [
    ['one file', () => openKeyCopyFile(copies)],
    ['one object each', async () => createKeyCopies(copies)],
  ]

describe.each(kinds)('copies of keys, %s', (_, open) => {
  let close: () => Promise<unknown>
  /** A new life of the program over the same copies. */
  const start = async (): Promise<KeyStore> => {
    startedAt = wall
    const since = startedAt
    const copy = await open()
    close = async () => Promise.all([...kept, copy.flush?.()])
    const clock = { now: () => wall, monotonic: () => wall - since + 5_000 }
    const database: Database = {
      ...real,
      all: (sql, params) =>
        isAway ? Promise.reject(new DatabaseError('unavailable', 'gone')) : real.all(sql, params),
    }
    return createKeyStore({
      database,
      audit: createAuditLog({ database, clock }),
      clock,
      random: systemRandom,
      copy,
    })
  }
  const verify = async (keys: KeyStore, key: string) =>
    keys.find(await sha256Hex(key), (work) => kept.push(work))
  /** A key that was good once, in a program that has ended. */
  const used = async (): Promise<{ readonly id: string; readonly key: string }> => {
    const keys = await start()
    const made = await keys.create(base, 'test')
    expect((await verify(keys, made.key)).ok).toBe(true)
    await close()
    return made
  }

  it('keep a key good for ten minutes after the database confirmed it, through a restart, and no longer', async () => {
    const { key } = await used()
    isAway = true
    wall += 4 * MINUTE
    const keys = await start()
    expect(await verify(keys, key)).toMatchObject({ ok: true, value: base })
    wall += 6 * MINUTE - 1
    expect((await verify(keys, key)).ok).toBe(true)
    wall += 1
    expect(await verify(keys, key)).toEqual(failed('keys_unavailable'))
    expect(await verify(await start(), key)).toEqual(failed('keys_unavailable'))
  })

  it('are not made younger by restarts', async () => {
    const { key } = await used()
    isAway = true
    for (let restart = 0; restart < 3; restart++) {
      wall += 3 * MINUTE
      expect((await verify(await start(), key)).ok).toBe(true)
      await close()
    }
    wall += MINUTE
    expect(await verify(await start(), key)).toEqual(failed('keys_unavailable'))
  })

  it('are not believed while the clock stands before the time of their confirmation', async () => {
    const { key } = await used()
    isAway = true
    wall -= 1
    expect(await verify(await start(), key)).toEqual(failed('keys_unavailable'))
  })

  it('keep a revoked key revoked, for as long as the database is away', async () => {
    const { id, key } = await used()
    const before = await start()
    await before.revoke(id, 'test')
    await close()
    isAway = true
    const keys = await start()
    expect(await verify(keys, key)).toEqual(failed('key_revoked'))
    wall += 60 * MINUTE
    expect(await verify(keys, key)).toEqual(failed('key_revoked'))
    expect(await verify(await start(), key)).toEqual(failed('key_revoked'))
  })

  it('do not outlive a key’s own end', async () => {
    const keys = await start()
    const { key } = await keys.create({ ...base, expires: wall + MINUTE }, 'test')
    await verify(keys, key)
    await close()
    isAway = true
    wall += MINUTE
    expect(await verify(await start(), key)).toEqual(failed('key_expired'))
  })

  it('know nothing of a key that was never asked about', async () => {
    const keys = await start()
    const { key } = await keys.create(base, 'test')
    await close()
    isAway = true
    expect(await verify(await start(), key)).toEqual(failed('keys_unavailable'))
  })

  it('hold no key, and are not read as whole when they are not', async () => {
    const { key } = await used()
    expect(JSON.stringify([...copies.texts])).not.toContain(key.slice(-40))
    for (const [name, text] of copies.texts) copies.texts.set(name, text.replace('acme', 'evil'))
    isAway = true
    expect(await verify(await start(), key)).toEqual(failed('keys_unavailable'))
  })

  it('that cannot be read or written refuse no key', async () => {
    copies.broken = true
    const { key } = await used()
    isAway = true
    expect(await verify(await start(), key)).toEqual(failed('keys_unavailable'))
    isAway = false
    expect((await verify(await start(), key)).ok).toBe(true)
  })
})

describe('copies of keys, one object each', () => {
  it('are written once a minute for a key in use, and at once when it is revoked', async () => {
    const copy = createKeyCopies(copies)
    const record = {
      ...base,
      id: 'a',
      minimumMode: null,
      requestsPerMinute: null,
      created: 1,
      expires: null,
      revoked: null,
    }
    const note = (confirmed: number, revoked: number | null = null) =>
      copy.note('h', { record: { ...record, revoked }, confirmed })
    expect(note(0)).not.toBeNull()
    expect(note(MINUTE - 1)).toBeNull()
    await note(MINUTE)
    await note(MINUTE + 1, MINUTE)
    expect(await copy.read('h')).toMatchObject({ record: { revoked: MINUTE } })
    // An answer of the database that was on its way when the key was revoked.
    await createKeyCopies(copies).note('h', { record, confirmed: MINUTE + 2 })
    expect(await copy.read('h')).toMatchObject({ record: { revoked: MINUTE } })
  })
})
