/**
 * Stores transcripts that may be harvested, without end, while the store comes and goes, so that the journal fills and drains; prints
 * the id of each once it is acknowledged. Its parent kills it.
 */
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { migrate } from '../../../src/database/migrate.ts'
import { openSqlite } from '../../../src/database/sqlite.node.ts'
import { systemRandom } from '../../../src/lib/clock.ts'
import { fail } from '../../../src/lib/result.ts'
import { noMetrics } from '../../../src/telemetry/metrics.ts'
import { runDrainLoop } from '../../../src/transcript/spool/drain.ts'
import { openJournal } from '../../../src/transcript/spool/journal.node.ts'
import { createDurableSink } from '../../../src/transcript/spool/sink-durable.ts'
import { createDatabaseBlobs } from '../../../src/transcript/store/database-blobs.ts'
import { createTranscriptStore, type TranscriptStore } from '../../../src/transcript/store/store.ts'
import { zlibCompression } from '../../../src/transcript/zlib-compression.node.ts'
import { plant } from '../../unit/harvest/stages/plant.ts'

const [folder = '', life = '0'] = process.argv.slice(2)
const WRITERS = 4

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
// Time flies, so that the store is avoided for one write and not for a second.
const clock = { now: () => time, monotonic: () => (time += 500) }
const metrics = noMetrics
const sink = createDurableSink({ store, spool, clock, metrics, compression: zlibCompression })
const signal = new AbortController().signal

async function comeAndGo(): Promise<void> {
  for (;;) {
    await pause(5 + systemRandom.fraction() * 40)
    up = !up
  }
}

let next = 0
async function write(): Promise<void> {
  for (;;) {
    const number = Number(life) * 100_000 + ++next
    const written = await sink.write(plant(number), { onFailure: 'spool' })
    if (written.ok) writeSync(1, `${number}\n`)
  }
}

await Promise.all([
  comeAndGo(),
  runDrainLoop({
    spool,
    store,
    metrics,
    random: systemRandom,
    pause: (ms) => pause(Math.min(ms, 20)),
    signal,
    report: () => {},
  }),
  ...Array.from({ length: WRITERS }, write),
])
