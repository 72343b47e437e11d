/** A store that others write to between exports, and the exports of it, one going on from another. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createAuditLog } from '../../../src/audit/audit-log.ts'
import type { Database } from '../../../src/database/database.ts'
import { systemRandom } from '../../../src/lib/clock.ts'
import type { JsonObject } from '../../../src/lib/json.ts'
import { readConfig } from '../../../src/start/config.ts'
import { openDatabase } from '../../../src/start/node/open-database.node.ts'
import { noMetrics } from '../../../src/telemetry/metrics.ts'
import type { HumanLabel } from '../../../src/transcript/record/label.ts'
import type { Transcript } from '../../../src/transcript/record/record.ts'
import { createDatabaseBlobs } from '../../../src/transcript/store/database-blobs.ts'
import { createDeletions } from '../../../src/transcript/store/delete-subject.ts'
import { createExportStore } from '../../../src/transcript/store/exports.ts'
import { createLabelStore } from '../../../src/transcript/store/labels.ts'
import { createExpire } from '../../../src/transcript/store/retention.ts'
import { zlibCompression } from '../../../src/transcript/zlib-compression.node.ts'
import { fillDatabase, idOf } from '../../fakes/logged-transcripts.ts'
import { chambersIn } from '../cli/chambers.ts'
import { readManifest, readRows, storeOf } from './export-scene.ts'
import type { Tombstone } from './increment-kept.ts'

export async function openNights(environment: Readonly<Record<string, string>> = {}) {
  const folder = await storeOf([])
  const all = { DATA_DIR: folder, ...environment }
  const read = readConfig(all, 'node')
  if (!read.ok) throw new Error(read.failure.join())
  const database: Database = await openDatabase(read.value.config)
  const clock = { time: Date.UTC(2027, 0, 1), now: () => clock.time++, monotonic: () => 0 }
  const blobs = createDatabaseBlobs(database)
  const audit = createAuditLog({ database, clock })
  const exports = createExportStore({ database, audit })
  const ports = { database, blobs, audit, exports, clock, metrics: noMetrics }
  const labels = createLabelStore({ ...ports, packing: zlibCompression, random: systemRandom })
  const chambers = chambersIn(all)
  let places = 0
  return {
    folder,
    database,
    clock,
    chambers,
    store: (...transcripts: readonly Transcript[]) => fillDatabase(database, transcripts),
    async label(number: number, said: Partial<HumanLabel> & Pick<HumanLabel, 'kind'>) {
      const nothing = { decision: null, clauses: [], answer: null, note: null }
      const whose = { transcript: idOf(number), author: 'admin:ada' }
      await labels.add({ ...nothing, ...whose, ...said }, () => true)
    },
    deleteSubject: (subject: string) =>
      createDeletions(ports).deleteSubject({ subject, tenants: null, actor: 'admin:ada' }),
    expire: () =>
      createExpire({ ...ports, daysOf: async () => 1, pause: async () => {} })({
        signal: null,
        limit: 1_000,
      }),
    /** One more export, of sft unless said otherwise. */
    async night(...args: readonly string[]) {
      const out = join(folder, `night-${++places}`)
      const ran = await chambers('harvest', 'export', '--internal', '--out', out, ...args)
      return { ...ran, out, ...readNight(out) }
    },
    async [Symbol.asyncDispose]() {
      await database.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What lies in the folder of an export. */
export function readNight(out: string) {
  const isWhole = existsSync(join(out, 'manifest.json'))
  const manifest: JsonObject = isWhole ? readManifest(out) : {}
  const path = join(out, 'train.jsonl')
  const rows = existsSync(path) ? readRows(path) : []
  const list = join(out, 'tombstones.jsonl')
  const lines = existsSync(list) ? readFileSync(list, 'utf8').split('\n').filter(Boolean) : []
  const tombstones = lines.map((line) => JSON.parse(line) as Tombstone)
  return { manifest, rows, tombstones }
}
