/** What is said of a transcript in the very moment in which its person is deleted, in two transactions that overlap. */
import pg from 'pg'
import { expect, it } from 'vitest'
import { createAuditLog } from '../../../src/audit/audit-log.ts'
import type { Database } from '../../../src/database/database.ts'
import { migrate } from '../../../src/database/migrate.ts'
import { systemClock, systemRandom } from '../../../src/lib/clock.ts'
import { createDatabaseBlobs } from '../../../src/transcript/store/database-blobs.ts'
import { createDeletions } from '../../../src/transcript/store/delete-subject.ts'
import { toEntry } from '../../../src/transcript/store/entry.ts'
import { createExportStore } from '../../../src/transcript/store/exports.ts'
import { createLabelStore } from '../../../src/transcript/store/labels.ts'
import { createTranscriptStore } from '../../../src/transcript/store/store.ts'
import { zlibCompression } from '../../../src/transcript/zlib-compression.node.ts'
import { sampleTranscript } from '../../fakes/deliberation.ts'
import { describeOnPostgres } from '../../fakes/on-postgres.ts'
import type { PostgresServer } from '../../fakes/postgres.ts'
import { countingMetrics } from '../../fakes/storage.ts'
import { until } from '../../fakes/waiting.ts'

const ANN = 'a'.repeat(64)
const TENANT = 'acme'
const GATE = 7

describeOnPostgres(({ newDatabase, server }) => {
  it.each([
    ['before', 0],
    ['after', 1],
  ])(
    'a label that is written meanwhile is gone with its transcript: it looked %s',
    async (_, at) => {
      const database = await newDatabase({ queryTimeoutMs: 20_000 })
      await migrate(database)
      const blobs = createDatabaseBlobs(database)
      const clock = systemClock
      const audit = createAuditLog({ database, clock })
      const exports = createExportStore({ database, audit })
      const ports = { database, blobs, audit, clock, exports, metrics: countingMetrics() }
      const store = createTranscriptStore({ database, blobs, compression: zlibCompression })
      const principal = { tenant: TENANT, app: 'chat', consent: 'harvest' } as const
      const time = clock.now() - 1_000
      const transcript = sampleTranscript(1, { subject: ANN, time, principal })
      await store.append([await toEntry(transcript, zlibCompression)])

      const gate = await holdGate(server(), database)
      const held = gated(database, at)
      const labels = createLabelStore({
        database: held,
        audit: createAuditLog({ database: held, clock }),
        clock,
        random: systemRandom,
        packing: zlibCompression,
      })
      const said = {
        decision: null,
        clauses: [],
        answer: null,
        note: 'He said so himself',
      } as const
      const label = {
        ...said,
        transcript: transcript.id,
        author: 'admin:ada',
        kind: 'note',
      } as const
      const labelling = labels.add(label, () => true)
      await expect.poll(() => waiting(database)).toBe(1)
      const { deleteSubject, finishRecent } = createDeletions({ ...ports, audit: unheard })
      const deleting = deleteSubject({ subject: ANN, tenants: [TENANT], actor: 'admin:ada' })
      const isWaiting = async () => (await waiting(database)) === 2
      await until('the deletion waits, too', isWaiting, deleting)
      await gate.open()
      await Promise.all([labelling, deleting])
      await finishRecent()
      expect(await database.all('SELECT id FROM transcripts')).toEqual([])
      expect(await database.all('SELECT id FROM labels')).toEqual([])
      await database.close()
    },
  )
})

/** The deletion was noted before the label came: from then on neither waits for the other's turn. */
const unheard = { commit: () => Promise.resolve({} as never), read: never, head: never }

function never(): never {
  throw new Error('Not asked')
}

/** A transaction that waits at the gate before its label, or behind it. */
function gated(database: Database, at: number): Database {
  return {
    dialect: database.dialect,
    all: (sql, params) => database.all(sql, params),
    close: () => database.close(),
    batch(statements, options) {
      const place = statements.findIndex(({ sql }) => sql.includes('INTO labels')) + at
      const stop = { sql: `SELECT pg_advisory_xact_lock_shared(${GATE})`, params: [] }
      return database.batch(
        [...statements.slice(0, place), stop, ...statements.slice(place)],
        options,
      )
    },
  }
}

async function holdGate(server: PostgresServer, database: Database) {
  const url = new URL(server.url)
  const [row] = await database.all('SELECT current_database() AS name')
  url.pathname = `/${String(row?.name)}`
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  await client.query(`SELECT pg_advisory_lock(${GATE})`)
  return { open: () => client.end() }
}

async function waiting(database: Database): Promise<number> {
  const [row] = await database.all(
    `SELECT COUNT(*) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
  )
  return Number(row?.n)
}
