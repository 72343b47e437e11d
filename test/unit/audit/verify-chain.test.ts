import { describe, expect, it } from 'vitest'
import {
  type AuditEntry,
  type AuditHead,
  createAuditLog,
  GENESIS,
  hashOf,
} from '../../../src/audit/audit-log.ts'
import { verifyChain } from '../../../src/audit/verify-chain.ts'
import { migrate } from '../../../src/database/migrate.ts'
import { openSqlite } from '../../../src/database/sqlite.node.ts'

const SIZE = 6

async function writtenLog() {
  const database = openSqlite({ path: ':memory:' })
  await migrate(database)
  let now = 1_800_000_000_000
  const audit = createAuditLog({
    database,
    clock: { now: () => now++, monotonic: () => 0 },
  })
  for (let revision = 1; revision <= SIZE; revision++) {
    await audit.commit(
      {
        actor: 'admin:ann',
        action: 'policy.activate',
        policy: 'default',
        tenant: null,
        details: { revision },
      },
      [],
    )
  }
  return { database, audit }
}

const { audit } = await writtenLog()
const log = await audit.read(0, 100)
const head = await audit.head()

const at = (seq: number): AuditEntry => {
  const entry = log[seq - 1]
  if (!entry) throw new RangeError(`No entry ${seq}`)
  return entry
}

async function* streamed(entries: readonly AuditEntry[]) {
  for (const entry of entries) yield await Promise.resolve(entry)
}

const verify = (entries: readonly AuditEntry[], anchor: AuditHead | null = null) =>
  verifyChain({ entries: streamed(entries), anchor })

const alter = (seq: number, change: Partial<AuditEntry>) =>
  log.map((entry) => (entry.seq === seq ? { ...entry, ...change } : entry))

/** Entries under new numbers and hashes, each after the one before: what a forger who knows the rules would write. */
async function rechained(entries: readonly AuditEntry[], before: AuditHead = GENESIS) {
  const chain: AuditEntry[] = []
  let last = before
  for (const entry of entries) {
    const next = { ...entry, seq: last.seq + 1, prev: last.hash }
    last = { ...next, hash: await hashOf(next) }
    chain.push({ ...next, hash: last.hash })
  }
  return chain
}

describe('an audit log', () => {
  it('that is whole ends in its head', async () => {
    expect(await verify(log)).toEqual({ ok: true, value: head })
    expect(head).toMatchObject({ seq: SIZE })
  })

  it('of nothing ends where every log begins', async () => {
    expect(await verify([])).toEqual({ ok: true, value: GENESIS })
  })

  it.each([...Array(SIZE).keys()].map((index) => index + 1))(
    'names entry %i where any field of it was altered',
    async (seq) => {
      const { time, details } = at(seq)
      const changes: readonly Partial<AuditEntry>[] = [
        { time: time + 1 },
        { actor: 'admin:eve' },
        { action: 'policy.halt' },
        { policy: 'agentic' },
        { tenant: 'acme' },
        { details: { ...details, revision: 99 } },
        { details: 'no JSON' as unknown as AuditEntry['details'] },
        { actor: '\uD800' },
        { prev: 'f'.repeat(64) },
        { hash: 'f'.repeat(64) },
      ]
      for (const change of changes) {
        expect(await verify(alter(seq, change))).toEqual({
          ok: false,
          failure: { reason: 'changed', seq },
        })
      }
    },
  )

  it('names the number that is missing', async () => {
    for (let seq = 1; seq < SIZE; seq++) {
      expect(await verify(log.filter((entry) => entry.seq !== seq))).toEqual({
        ok: false,
        failure: { reason: 'missing', seq },
      })
    }
  })

  it('names the entry that comes before its turn', async () => {
    expect(await verify([at(1), at(3), at(2), at(4)])).toEqual({
      ok: false,
      failure: { reason: 'out_of_order', seq: 3 },
    })
  })

  it('names the entry that is there twice', async () => {
    expect(await verify([at(1), at(2), at(2), at(3)])).toEqual({
      ok: false,
      failure: { reason: 'out_of_order', seq: 2 },
    })
  })

  it('names the entry that was put between two', async () => {
    const [inserted] = await rechained([at(5)], at(2))
    expect(await verify([at(1), at(2), ...(inserted ? [inserted] : []), at(3)])).toEqual({
      ok: false,
      failure: { reason: 'out_of_order', seq: 3 },
    })
  })

  it('names the entry after one that was replaced by another with a hash of its own', async () => {
    const [forged] = await rechained([{ ...at(3), actor: 'admin:eve' }], at(2))
    expect(await verify(alter(3, forged ?? {}))).toEqual({
      ok: false,
      failure: { reason: 'replaced', seq: 4 },
    })
  })
})

describe('an anchor', () => {
  it('holds wherever it was taken', async () => {
    for (const anchor of [GENESIS, ...log.map(({ seq, hash }) => ({ seq, hash }))]) {
      expect(await verify(log, anchor)).toEqual({ ok: true, value: head })
    }
  })

  it('shows that the end was cut off', async () => {
    const kept = log.slice(0, 4)
    expect(await verify(kept)).toEqual({ ok: true, value: { seq: 4, hash: at(4).hash } })
    expect(await verify(kept, head)).toEqual({
      ok: false,
      failure: { reason: 'cut', seq: SIZE, head: { seq: 4, hash: at(4).hash } },
    })
  })

  it('shows that the log was written anew, longer than it was', async () => {
    const forged = await rechained([...log.slice(0, 2), ...log.slice(3), at(1), at(2)])
    const last = forged.at(-1)
    expect(await verify(forged, head)).toEqual({
      ok: false,
      failure: { reason: 'rewritten', seq: SIZE, head: { seq: last?.seq, hash: last?.hash } },
    })
  })

  it('of another log does not hold at the beginning', async () => {
    const anchor = { seq: 0, hash: 'f'.repeat(64) }
    expect(await verify(log, anchor)).toMatchObject({
      ok: false,
      failure: { reason: 'rewritten', seq: 0 },
    })
  })
})

describe('an entry at rest', () => {
  it('whose details are no JSON any more is read, and does not fit', async () => {
    const { audit: other, database } = await writtenLog()
    await database.batch([
      { sql: 'UPDATE audit SET details = ? WHERE seq = ?', params: ['{"revision":', 3] },
    ])
    expect(await verify(await other.read(0, 100))).toEqual({
      ok: false,
      failure: { reason: 'changed', seq: 3 },
    })
  })
})
