/** All that keeps transcripts, over files of a folder: for programs that are killed, and for those who look at what they left. */
import { join } from 'node:path'
import { createAuditLog } from '../../../src/audit/audit-log.ts'
import { migrate } from '../../../src/database/migrate.ts'
import { openSqlite } from '../../../src/database/sqlite.node.ts'
import { systemClock, systemRandom } from '../../../src/lib/clock.ts'
import { noMetrics } from '../../../src/telemetry/metrics.ts'
import { encryptAtOnce } from '../../../src/transcript/seal/encrypt.node.ts'
import { createSeal } from '../../../src/transcript/seal/seal.ts'
import { transcriptKeySchema } from '../../../src/transcript/seal/transcript-key.ts'
import { createDatabaseBlobs } from '../../../src/transcript/store/database-blobs.ts'
import { createDeletions } from '../../../src/transcript/store/delete-subject.ts'
import { createExportStore } from '../../../src/transcript/store/exports.ts'
import { createLabelStore } from '../../../src/transcript/store/labels.ts'
import { createR2Blobs } from '../../../src/transcript/store/r2-blobs.ts'
import { createExpire } from '../../../src/transcript/store/retention.ts'
import { createTranscriptStore } from '../../../src/transcript/store/store.ts'
import { zlibCompression } from '../../../src/transcript/zlib-compression.node.ts'
import { openFolderBucket } from '../../fakes/folder-bucket.ts'

export type KeepingOptions = {
  readonly folder: string
  /** `bucket`, else the database. */
  readonly where: string
  /** A public key, as JSON. */
  readonly key?: string | undefined
}

export function subjectOfNumber(number: number): string {
  return number.toString(16).padStart(64, '0')
}

export async function openKeeping({ folder, where, key }: KeepingOptions) {
  const database = openSqlite({ path: join(folder, 'chambers.db'), durability: 'process' })
  await migrate(database)
  const clock = systemClock
  const bucket = openFolderBucket(join(folder, 'bucket'))
  const blobs = where === 'bucket' ? createR2Blobs(bucket) : createDatabaseBlobs(database)
  const audit = createAuditLog({ database, clock })
  const exports = createExportStore({ database, audit })
  const ports = { database, blobs, audit, exports, clock, random: systemRandom, metrics: noMetrics }
  const seal =
    key === undefined
      ? undefined
      : await createSeal({
          ...ports,
          key: transcriptKeySchema.parse(JSON.parse(key)),
          encrypt: encryptAtOnce,
        })
  const packing = { ...zlibCompression, seal }
  return {
    ...ports,
    bucket,
    packing,
    store: createTranscriptStore({ database, blobs, compression: zlibCompression }),
    labels: createLabelStore({ ...ports, packing }),
    ...createDeletions(ports),
    expire: createExpire({
      ...ports,
      daysOf: () => Promise.resolve(1),
      pause: () => Promise.resolve(),
    }),
  }
}
