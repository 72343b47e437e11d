/** Numbers where several instances write at once, in transactions that end in another order than they began. */
import pg from 'pg'
import { expect, it } from 'vitest'
import type { Database } from '../../../src/database/database.ts'
import { migrate } from '../../../src/database/migrate.ts'
import { settleNumbers } from '../../../src/transcript/store/changes.ts'
import { createDatabaseBlobs } from '../../../src/transcript/store/database-blobs.ts'
import { toEntry } from '../../../src/transcript/store/entry.ts'
import { createTranscriptStore } from '../../../src/transcript/store/store.ts'
import { zlibCompression } from '../../../src/transcript/zlib-compression.node.ts'
import { sampleTranscript } from '../../fakes/deliberation.ts'
import { describeOnPostgres } from '../../fakes/on-postgres.ts'
import type { PostgresServer } from '../../fakes/postgres.ts'
import { until } from '../../fakes/waiting.ts'

describeOnPostgres(({ newDatabase, server }) => {
  const openStore = async () => {
    const database = await newDatabase({ queryTimeoutMs: 20_000 })
    await migrate(database)
    return { database, appendTo: (through: Database, number: number) => append(through, number) }
  }

  it('what is committed late has a number that no reader has passed', async () => {
    const { database, appendTo } = await openStore()
    const gates = await Promise.all([1, 2].map((gate) => holdGate(server(), database, gate)))
    const held = [1, 2].map((number) => appendTo(gated(database, number), number))
    const bothWait = async () => (await waiting(database)) === 2
    await until('both wait before their commits', bothWait, Promise.all(held))
    await appendTo(database, 3)
    expect(await seen(database)).toEqual([3])
    const read = await settleNumbers(database)
    await gates[1]?.open()
    await held[1]
    expect(await seen(database, read)).toEqual([2])
    const further = await settleNumbers(database)
    await gates[0]?.open()
    await held[0]
    expect(await seen(database, further)).toEqual([1])
    await database.close()
  })

  it('of three writers and two readers, nobody meets a number late, and each thing is met once', async () => {
    const { database, appendTo } = await openStore()
    const PER_WRITER = 120
    const writers = [0, 1, 2].map(async (writer) => {
      for (let count = 0; count < PER_WRITER; count++) {
        await appendTo(database, 1 + writer * PER_WRITER + count)
      }
    })
    let hasEnded = false
    const readAll = async () => {
      const met: number[] = []
      for (let after = 0, isLast = false; !isLast; ) {
        isLast = hasEnded
        const through = await settleNumbers(database)
        met.push(...(await seen(database, after, through)))
        after = through
      }
      return met
    }
    const readers = [readAll(), readAll()]
    await Promise.all(writers)
    hasEnded = true
    const all = Array.from({ length: 3 * PER_WRITER }, (_, index) => index + 1)
    for (const met of await Promise.all(readers)) {
      expect(met.toSorted((one, other) => one - other)).toEqual(all)
    }
    await database.close()
  })
})

async function append(database: Database, number: number): Promise<void> {
  const blobs = createDatabaseBlobs(database)
  const store = createTranscriptStore({ database, blobs, compression: zlibCompression })
  const appended = await store.append([await toEntry(sampleTranscript(number), zlibCompression)])
  if (!appended.ok) throw new Error(appended.failure.detail)
}

/** Which transcripts are met between two numbers. */
async function seen(database: Database, after = 0, through?: number): Promise<readonly number[]> {
  const last = through ?? (await settleNumbers(database))
  const sql = 'SELECT transcript_id FROM changes WHERE number > ? AND number <= ? ORDER BY number'
  const rows = await database.all(sql, [after, last])
  return rows.map((row) => Number.parseInt(String(row.transcript_id).slice(3), 16))
}

/** Its transactions wait at the gate with all that they wrote. */
function gated(database: Database, gate: number): Database {
  return {
    dialect: database.dialect,
    all: (sql, params) => database.all(sql, params),
    close: () => database.close(),
    batch: (statements, options) =>
      database.batch(
        [...statements, { sql: `SELECT pg_advisory_xact_lock_shared(${gate})`, params: [] }],
        options,
      ),
  }
}

async function holdGate(server: PostgresServer, database: Database, gate: number) {
  const url = new URL(server.url)
  const [row] = await database.all('SELECT current_database() AS name')
  url.pathname = `/${String(row?.name)}`
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  await client.query(`SELECT pg_advisory_lock(${gate})`)
  return { open: () => client.end() }
}

async function waiting(database: Database): Promise<number> {
  const [row] = await database.all(
    `SELECT COUNT(*) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
  )
  return Number(row?.n)
}
