/**
 * What a durable transcript costs: time per write at concurrency 1 and 200, by database and by durability, in the clear and
 * sealed. The whole way is measured: pack, gzip, seal, store; `no store` packs and seals, and keeps nothing. Files lie in the system's temporary folder, on its disk.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { exportJWK, generateKeyPair } from 'jose'
import type { Database } from '../src/database/database.ts'
import { migrate } from '../src/database/migrate.ts'
import { createPostgresDatabase } from '../src/database/postgres.node.ts'
import { openSqlite } from '../src/database/sqlite.node.ts'
import { systemClock, systemRandom } from '../src/lib/clock.ts'
import { fail, succeed } from '../src/lib/result.ts'
import { noMetrics } from '../src/telemetry/metrics.ts'
import { encryptAtOnce } from '../src/transcript/seal/encrypt.node.ts'
import { createSeal, type Seal } from '../src/transcript/seal/seal.ts'
import { transcriptKeySchema } from '../src/transcript/seal/transcript-key.ts'
import { openJournal } from '../src/transcript/spool/journal.node.ts'
import { createDurableSink } from '../src/transcript/spool/sink-durable.ts'
import { createDatabaseBlobs } from '../src/transcript/store/database-blobs.ts'
import type { TranscriptSink } from '../src/transcript/store/sink.ts'
import { createTranscriptStore, type TranscriptStore } from '../src/transcript/store/store.ts'
import { zlibCompression } from '../src/transcript/zlib-compression.node.ts'
import { sampleTranscript } from '../test/fakes/deliberation.ts'
import { findPostgres, startPostgres } from '../test/fakes/postgres.ts'
import { percentile, rounded, table } from './statistics.ts'

const WRITES_ALONE = 1_000
const WRITES_TOGETHER = 6_000
const CONCURRENCY = 200
/** Characters of request text, half of them random: about 5 KB packed. */
const TEXT_CHARACTERS = 12_000

type Subject = { readonly name: string; readonly sink: TranscriptSink }

/** Measures every store of this machine and gives the figures as a Markdown table. */
export async function benchTranscripts(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'chambers-bench-'))
  const rows: (readonly string[])[] = []
  try {
    const seal = await benchSeal()
    rows.push(...(await measure({ name: 'no store', sink: sinkOf(NOWHERE, null) })))
    rows.push(...(await measure({ name: 'no store, sealed', sink: sinkOf(NOWHERE, null, seal) })))
    for (const durability of ['flushed', 'full', 'process'] as const) {
      const database = openSqlite({ path: join(folder, `${durability}.db`), durability })
      const name = `SQLite, ${durability}`
      rows.push(...(await measure(await subjectOf(name, database))))
      if (durability === 'flushed') {
        rows.push(...(await measure(await subjectOf(`${name}, sealed`, database, seal))))
      }
      await database.close()
    }
    rows.push(...(await measureJournal(join(folder, 'spool'))))
    rows.push(...(await measurePostgres(seal)))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const headings = [
    'store',
    'concurrency',
    'p50 ms',
    'p99 ms',
    'writes/s',
    'CPU ms a write',
    'loop held, max ms',
  ]
  return table(headings, rows)
}

/** Takes everything and keeps nothing. */
const NOWHERE: TranscriptStore = {
  append: async () => succeed(null),
  read: async () => null,
  list: async () => [],
  rows: () => Promise.resolve([]),
  count: () => Promise.resolve(0),
  names: async () => [],
}

async function benchSeal(): Promise<Seal> {
  const pair = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true })
  return createSeal({
    key: transcriptKeySchema.parse(await exportJWK(pair.publicKey)),
    clock: systemClock,
    random: systemRandom,
    encrypt: encryptAtOnce,
  })
}

async function subjectOf(name: string, database: Database, seal?: Seal): Promise<Subject> {
  await migrate(database)
  const blobs = createDatabaseBlobs(database)
  const store = createTranscriptStore({ database, blobs, compression: zlibCompression })
  return { name, sink: sinkOf(store, null, seal) }
}

function sinkOf(
  store: TranscriptStore,
  ...[spool, seal]: readonly [spool: ReturnType<typeof openJournal> | null, seal?: Seal | undefined]
) {
  const ports = { store, spool, metrics: noMetrics, clock: systemClock }
  const compression = { ...zlibCompression, seal }
  return createDurableSink({ ...ports, compression, storeTimeoutMs: 30_000 })
}

async function measureJournal(path: string): Promise<readonly (readonly string[])[]> {
  const spool = openJournal({ path })
  const away: TranscriptStore = {
    append: async () => fail({ reason: 'unavailable', detail: 'away' }),
    read: async () => null,
    list: async () => [],
    rows: () => Promise.resolve([]),
    count: () => Promise.resolve(0),
    names: async () => [],
  }
  const rows = await measure({ name: 'the journal', sink: sinkOf(away, spool) })
  await spool.close()
  return rows
}

async function measurePostgres(seal: Seal): Promise<readonly (readonly string[])[]> {
  if (!findPostgres()) return []
  const server = await startPostgres()
  try {
    const database = createPostgresDatabase({ url: server.url, queryTimeoutMs: 30_000 })
    const rows = [
      ...(await measure(await subjectOf('PostgreSQL', database))),
      ...(await measure(await subjectOf('PostgreSQL, sealed', database, seal))),
    ]
    await database.close()
    return rows
  } finally {
    await server[Symbol.asyncDispose]()
  }
}

async function measure({ name, sink }: Subject): Promise<readonly (readonly string[])[]> {
  const half = systemRandom.hex(TEXT_CHARACTERS / 4)
  const text = `${half}${'the client said so '.repeat(TEXT_CHARACTERS / 38)}`
  // What is there already is not written again.
  let number = Number.parseInt(systemRandom.hex(5), 16)
  const write = async () => {
    const transcript = sampleTranscript(++number, { request: { text: `${number}${text}` } })
    const startedMs = performance.now()
    const end = await sink.write(transcript, { onFailure: 'spool' })
    if (!end.ok) throw new Error(end.failure.detail)
    return performance.now() - startedMs
  }
  for (let warm = 0; warm < 100; warm++) await write()
  return [
    await round(name, { write, writes: WRITES_ALONE, concurrency: 1 }),
    await round(name, { write, writes: WRITES_TOGETHER, concurrency: CONCURRENCY }),
  ]
}

type Round = {
  readonly write: () => Promise<number>
  readonly writes: number
  readonly concurrency: number
}

async function round(name: string, { write, writes, concurrency }: Round) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const times: number[] = []
  let left = writes
  delay.enable()
  const startedMs = performance.now()
  const before = process.cpuUsage()
  const worker = async () => {
    while (left-- > 0) times.push(await write())
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  const seconds = (performance.now() - startedMs) / 1000
  const used = process.cpuUsage(before)
  delay.disable()
  return [
    name,
    String(concurrency),
    rounded(percentile(times, 0.5)),
    rounded(percentile(times, 0.99)),
    rounded(writes / seconds, 0),
    rounded((used.user + used.system) / 1000 / writes, 3),
    rounded(delay.max / 1e6, 1),
  ]
}
