/**
 * What the routes of the admin surface lean on, over a database that is open in this process. I/O through it. It serves no app:
 * nothing here listens, drains a spool, holds a timer or takes a gateway's journal.
 */
import { createKeyStore } from '../../access/key-store.ts'
import type { AdminPorts } from '../../admin/routes.ts'
import { createAuditLog } from '../../audit/audit-log.ts'
import type { Database } from '../../database/database.ts'
import { systemClock, systemRandom } from '../../lib/clock.ts'
import type { PolicyControl } from '../../revisions/control/control.ts'
import { createCandidateReviews } from '../../revisions/watching/candidate-reviews.ts'
import { createInstanceStore } from '../../revisions/watching/instances.ts'
import { createReadStatus, type ReadStatus } from '../../revisions/watching/read-status.ts'
import type { Config } from '../../start/config.ts'
import { type LoadedPolicies, loadPolicies } from '../../start/node/load-policies.node.ts'
import { openDatabase } from '../../start/node/open-database.node.ts'
import { createPacking } from '../../start/parts/packing.ts'
import { noMetrics } from '../../telemetry/metrics.ts'
import { encryptAtOnce } from '../../transcript/seal/encrypt.node.ts'
import { createDatabaseBlobs } from '../../transcript/store/database-blobs.ts'
import { createDeletions } from '../../transcript/store/delete-subject.ts'
import { createExportStore } from '../../transcript/store/exports.ts'
import { createLabelStore } from '../../transcript/store/labels.ts'
import { createTranscriptStore } from '../../transcript/store/store.ts'
import { digestSubject, loadSubjectKey } from '../../transcript/store/subject.ts'
import { zlibCompression } from '../../transcript/zlib-compression.node.ts'
import { createTrial } from './open-trial.node.ts'
import { createOwnControl } from './own-control.node.ts'
import { createOwnExporting } from './own-exporting.node.ts'

export type Own = AsyncDisposable & {
  readonly database: Database
  readonly ports: Omit<AdminPorts, 'authenticateAdmin'>
}

/** A command needs its database anyway. */
const NO_COPIES = { read: () => Promise.resolve(null), write: () => Promise.resolve() }

/** Opens the configured database, and all that leans on it. @throws Error that says what to mend. */
export async function openOwn(config: Config): Promise<Own> {
  const database = await openDatabase(config)
  try {
    return await openOver(config, database)
  } catch (error) {
    await database.close()
    throw error
  }
}

async function openOver(config: Config, database: Database): Promise<Own> {
  const [clock, random, compression] = [systemClock, systemRandom, zlibCompression]
  const audit = createAuditLog({ database, clock })
  const blobs = createDatabaseBlobs(database)
  const exports = createExportStore({ database, audit })
  const packing = await packingOf(config)
  const labels = createLabelStore({ database, audit, clock, random, packing })
  let policies: Promise<LoadedPolicies> | null = null
  const loaded = () => (policies ??= loadPolicies())
  const trial = createTrial(config, async () => (await loaded()).protocol)
  const { decideCase } = trial
  const control = createOwnControl({ config, database, audit, loaded, decideCase })
  const deletions = createDeletions({ database, blobs, audit, exports, clock, metrics: noMetrics })
  return {
    database,
    ports: {
      clock,
      audit,
      control,
      labels,
      exports,
      keys: createKeyStore({ database, audit, clock, random }),
      readStatus: createStatus(database, control),
      candidateReviews: createCandidateReviews(database),
      transcripts: createTranscriptStore({ database, blobs, compression }),
      newExportId: () => `ex_${random.hex(16)}`,
      ...createOwnExporting({ config, database, blobs, audit, labels, exports, loaded }),
      deleteSubject: deletions.deleteSubject,
      async digestSubject(tenant, name) {
        const key = await loadSubjectKey({ database, random, copies: NO_COPIES })
        return digestSubject(key, tenant, name)
      },
    },
    async [Symbol.asyncDispose]() {
      await trial[Symbol.asyncDispose]()
      await database.close()
    },
  }
}

function packingOf({ transcriptKey: key }: Config) {
  const sealing = { clock: systemClock, random: systemRandom, encrypt: encryptAtOnce }
  return createPacking({ key, platform: { ...sealing, compression: zlibCompression } })
}

/** Of all instances; this process is none. */
function createStatus(database: Database, control: PolicyControl): ReadStatus {
  return createReadStatus({
    store: createInstanceStore(database),
    heartbeat: null,
    states: () => control.states(),
    async findBundle(policy, digest) {
      const state = (await control.states()).find((one) => one.policy === policy)
      const bundle = state ? await control.bundle(policy, state.active) : null
      return bundle?.digest === digest ? bundle : null
    },
    clock: systemClock,
  })
}
