/** What the store of conversations' state keeps, as one suite over an open database. It runs on every adapter. */
import { describe, expect, it } from 'vitest'
import type { Database } from '../../../src/database/database.ts'
import { migrate } from '../../../src/database/migrate.ts'
import { parseJson } from '../../../src/lib/json.ts'
import { createStateSeal, type StateKey } from '../../../src/state/seal.ts'
import {
  createStateStore,
  expireState,
  forgetState,
  type StateEntry,
} from '../../../src/state/store.ts'

const NOW = 1_790_000_000_000
const SECRET = 'a thought nobody may read'
const OLD: StateKey = { kid: 'old', k: 'b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQtb2xkLW9sZC0' }
const NEW: StateKey = { kid: 'new', k: 'bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldy0' }

const turns = { tenant: 'acme', kind: 'turn' } as const
const entry = (key: string, changes: Partial<StateEntry> = {}): StateEntry => ({
  ...turns,
  key,
  subject: null,
  model: 'm',
  created: NOW,
  expires: NOW + 1_000,
  content: { said: SECRET },
  ...changes,
})

export function describeStateStore(name: string, open: () => Promise<Database>): void {
  const openStore = async (keys: readonly [StateKey, ...StateKey[]] = [NEW]) => {
    const database = await open()
    await migrate(database)
    let now = NOW
    const clock = { now: () => now }
    const under = async (...others: readonly [StateKey, ...StateKey[]]) =>
      createStateStore({ database, clock, seal: await createStateSeal(others) })
    const pass = (ms: number) => {
      now += ms
    }
    return { database, clock, pass, under, store: await under(...keys) }
  }

  describe(`${name}: the state of conversations`, () => {
    it('comes back as it was put, by key', async () => {
      const { store, database } = await openStore()
      await store.put([entry('a'), entry('b', { content: ['b'], subject: 's' }), entry('c')])
      const kept = await store.get(turns, ['a', 'b', 'none'])
      expect([...kept.keys()].toSorted()).toEqual(['a', 'b'])
      const {
        tenant: _tenant,
        kind: _kind,
        ...expected
      } = entry('b', { content: ['b'], subject: 's' })
      expect(kept.get('b')).toEqual(expected)
      await database.close()
    })

    it('keeps numbers and the order of members to the digit', async () => {
      const { store, database } = await openStore()
      const json = '{"b":9007199254740993,"2":1.0,"1":"é"}'
      const content = parseJson(json, { exact: true })
      if (!content.ok) throw new Error('not read')
      await store.put([entry('a', { content: content.value })])
      expect(JSON.stringify((await store.get(turns, ['a'])).get('a')?.content)).toBe(json)
      await database.close()
    })

    it('is nothing that can be read where it lies', async () => {
      const { store, database } = await openStore()
      await store.put([entry('a')])
      const [row] = await database.all('SELECT * FROM conversation_state')
      expect(JSON.stringify(row)).not.toContain(SECRET)
      const ciphertext = String(row?.content).split('.')[3] ?? ''
      expect(atob(ciphertext.replaceAll('-', '+').replaceAll('_', '/'))).not.toContain(SECRET)
      await database.close()
    })

    it('is replaced by what comes later under the same key', async () => {
      const { store, database } = await openStore()
      await store.put([entry('a', { content: 1 })])
      await store.put([entry('a', { content: 2 })])
      expect((await store.get(turns, ['a'])).get('a')?.content).toBe(2)
      await database.close()
    })

    it('is found by its own tenant and kind alone', async () => {
      const { store, database } = await openStore()
      await store.put([entry('a')])
      expect((await store.get({ tenant: 'other', kind: 'turn' }, ['a'])).size).toBe(0)
      expect((await store.get({ tenant: 'acme', kind: 'response' }, ['a'])).size).toBe(0)
      expect(await store.delete({ tenant: 'other', kind: 'turn' }, 'a')).toBe(false)
      expect((await store.get(turns, ['a'])).size).toBe(1)
      await database.close()
    })

    it('does not open in the place of another', async () => {
      const { store, database } = await openStore()
      await store.put([entry('a'), entry('a', { tenant: 'other' })])
      const sql =
        "UPDATE conversation_state SET content = (SELECT content FROM conversation_state WHERE tenant = 'acme') WHERE tenant = 'other'"
      await database.batch([{ sql, params: [] }])
      expect((await store.get({ tenant: 'other', kind: 'turn' }, ['a'])).size).toBe(0)
      await database.close()
    })

    it('opens under a key that was rotated, and is lost with one that is gone', async () => {
      const { store, under, database } = await openStore([OLD])
      await store.put([entry('a')])
      const rotated = await under(NEW, OLD)
      expect((await rotated.get(turns, ['a'])).size).toBe(1)
      await rotated.put([entry('b')])
      const later = await under(NEW)
      expect([...(await later.get(turns, ['a', 'b'])).keys()]).toEqual(['b'])
      await database.close()
    })

    it('ends with its time, and is removed then', async () => {
      const { store, pass, clock, database } = await openStore()
      await store.put([entry('a'), entry('b', { expires: NOW + 9_000 })])
      pass(1_000)
      expect([...(await store.get(turns, ['a', 'b'])).keys()]).toEqual(['b'])
      expect(await store.delete(turns, 'a')).toBe(false)
      await store.put([entry('a')])
      expect(await expireState({ database, clock }, { limit: 10, signal: null })).toBe(1)
      const rows = await database.all('SELECT key FROM conversation_state')
      expect(rows).toEqual([{ key: 'b' }])
      await database.close()
    })

    it('is removed so many at most, to the last of many', async () => {
      const { store, pass, clock, database } = await openStore()
      await store.put(Array.from({ length: 450 }, (_, index) => entry(`k${index}`)))
      pass(1_000)
      expect(await expireState({ database, clock }, { limit: 30, signal: null })).toBe(30)
      expect(await expireState({ database, clock }, { limit: 1_000, signal: null })).toBe(420)
      await database.close()
    })

    it('goes with its person, of the tenants that are named, and does not come back', async () => {
      const { store, database } = await openStore()
      const ann = { subject: 'ann' }
      await store.put([
        entry('a', ann),
        entry('b', { ...ann, tenant: 'other' }),
        entry('c', { ...ann, created: NOW + 5 }),
        entry('d', { subject: 'bob' }),
      ])
      const sql = 'INSERT INTO deleted_subjects (subject, tenant, time) VALUES (?, ?, ?)'
      await database.batch([{ sql, params: ['ann', 'acme', NOW] }])
      await forgetState(database, { ...ann, tenants: ['acme'], time: NOW })
      await store.put([entry('late', ann)])
      const rows = await database.all('SELECT key FROM conversation_state ORDER BY key')
      expect(rows.map(({ key }) => key)).toEqual(['b', 'c', 'd'])
      await forgetState(database, { ...ann, tenants: null, time: NOW + 5 })
      const left = await database.all('SELECT key FROM conversation_state')
      expect(left).toEqual([{ key: 'd' }])
      await database.close()
    })

    it('is listed by the beginning of its keys, a page at a time, and deleted by key', async () => {
      const { store, database } = await openStore()
      await store.put(['c1/1', 'c1/2', 'c1/3', 'c2/1', 'c_/1'].map((key) => entry(key)))
      expect(await store.list(turns, { prefix: 'c1/', limit: 2 })).toEqual(['c1/1', 'c1/2'])
      expect(await store.list(turns, { prefix: 'c1/', limit: 2, after: 'c1/2' })).toEqual(['c1/3'])
      expect(await store.delete(turns, 'c1/3')).toBe(true)
      expect(await store.list(turns, { prefix: 'c1/', limit: 9 })).toEqual(['c1/1', 'c1/2'])
      await database.close()
    })

    it('asks nothing for no keys', async () => {
      const { store, database } = await openStore()
      await database.close()
      expect((await store.get(turns, [])).size).toBe(0)
      await store.put([])
    })
  })
}
