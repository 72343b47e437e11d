/**
 * Writes transcripts without end and prints the id of each once it is acknowledged; its parent kills it.
 * `steady`: the store is there. `flaky`: it comes and goes, so that the journal fills and drains at the same time.
 * With a public key, content is sealed for it.
 */
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { migrate } from '../../../src/database/migrate.ts'
import { openSqlite } from '../../../src/database/sqlite.node.ts'
import { systemRandom } from '../../../src/lib/clock.ts'
import { fail } from '../../../src/lib/result.ts'
import { noMetrics } from '../../../src/telemetry/metrics.ts'
import { encryptAtOnce } from '../../../src/transcript/seal/encrypt.node.ts'
import { createSeal } from '../../../src/transcript/seal/seal.ts'
import { transcriptKeySchema } from '../../../src/transcript/seal/transcript-key.ts'
import { runDrainLoop } from '../../../src/transcript/spool/drain.ts'
import { openJournal } from '../../../src/transcript/spool/journal.node.ts'
import { createDurableSink } from '../../../src/transcript/spool/sink-durable.ts'
import { createDatabaseBlobs } from '../../../src/transcript/store/database-blobs.ts'
import { createTranscriptStore, type TranscriptStore } from '../../../src/transcript/store/store.ts'
import { zlibCompression } from '../../../src/transcript/zlib-compression.node.ts'
import { sampleTranscript } from '../../fakes/deliberation.ts'

const [folder = '', mode = '', life = '0', key] = process.argv.slice(2)
const WRITERS = 8

const database = openSqlite({ path: join(folder, 'chambers.db') })
await migrate(database)
const blobs = createDatabaseBlobs(database)
const real = createTranscriptStore({ database, blobs, compression: zlibCompression })
let up = true
const store: TranscriptStore = {
  ...real,
  append: async (entries) =>
    up ? real.append(entries) : fail({ reason: 'unavailable', detail: 'away' }),
}
const spool = openJournal({ path: join(folder, 'spool') })
let time = 0
// Time flies, so that the store is avoided for one write and not for a second, and content keys are renewed all the time.
const clock = { now: () => time, monotonic: () => (time += 500) }
const seal =
  key === undefined
    ? undefined
    : await createSeal({
        key: transcriptKeySchema.parse(JSON.parse(key)),
        clock,
        random: systemRandom,
        encrypt: encryptAtOnce,
      })
const sink = createDurableSink({
  store,
  spool,
  clock,
  metrics: noMetrics,
  compression: { ...zlibCompression, seal },
})
const signal = new AbortController().signal

async function comeAndGo(): Promise<void> {
  for (;;) {
    await pause(systemRandom.fraction() * 30)
    up = !up
  }
}

async function write(writer: number): Promise<void> {
  for (let number = 0; ; number++) {
    const id = Number(life) * 0x10000000 + writer * 0x1000000 + number
    const transcript = sampleTranscript(id)
    const end = await sink.write(transcript, { onFailure: 'spool' })
    if (end.ok) writeSync(1, `${transcript.id} ${end.value}\n`)
  }
}

const drainLoop = runDrainLoop({
  store,
  spool,
  signal,
  metrics: noMetrics,
  random: systemRandom,
  pause: (ms) => pause(Math.min(ms, 5)),
  report: (error) => {
    throw error
  },
})
const writers = Array.from({ length: WRITERS }, (_, writer) => write(writer))
await Promise.all([drainLoop, ...writers, ...(mode === 'flaky' ? [comeAndGo()] : [])])
