/**
 * What the routes of the admin surface lean on, over a database that this process opens as the gateway does. I/O through it. It
 * serves no app: nothing here listens, drains a spool, holds a timer or takes a gateway's journal.
 */
import type { AdminPorts } from '../../admin/routes.ts'
import type { Database } from '../../database/database.ts'
import { systemClock } from '../../lib/clock.ts'
import type { PolicyControl } from '../../revisions/control/control.ts'
import { createCandidateReviews } from '../../revisions/watching/candidate-reviews.ts'
import { createInstanceStore } from '../../revisions/watching/instances.ts'
import { createReadStatus, type ReadStatus } from '../../revisions/watching/read-status.ts'
import type { Config } from '../../start/config.ts'
import { type LoadedPolicies, loadPolicies } from '../../start/node/load-policies.node.ts'
import { createLocalPeople } from '../../start/node/local-people.node.ts'
import { openStores } from '../../start/node/open-stores.node.ts'
import { noMetrics } from '../../telemetry/metrics.ts'
import { createDeletions } from '../../transcript/store/delete-subject.ts'
import type { ExportStore } from '../../transcript/store/exports.ts'
import { digestSubject, loadSubjectKey } from '../../transcript/store/subject.ts'
import { createTrial } from './open-trial.node.ts'
import { createOwnControl } from './own-control.node.ts'
import { createOwnExporting } from './own-exporting.node.ts'

export type Own = AsyncDisposable & {
  readonly database: Database
  readonly exports: ExportStore
  readonly ports: Omit<AdminPorts, 'authenticateAdmin'>
}

/** Opens the configured database, and all that leans on it. @throws Error that says what to mend. */
export async function openOwn(config: Config): Promise<Own> {
  const opened = await openStores(config)
  const { ports: platform, stores } = opened
  const { database, blobs, clock, random, copies } = platform
  const { audit, keys, transcripts, labels, exports } = stores
  let policies: Promise<LoadedPolicies> | null = null
  const loaded = () => (policies ??= loadPolicies())
  const trial = createTrial(config, async () => (await loaded()).protocol)
  const { decideCase } = trial
  const control = createOwnControl({ config, store: stores.revisions, loaded, decideCase })
  const deletions = createDeletions({ database, blobs, audit, exports, clock, metrics: noMetrics })
  return {
    database,
    exports,
    ports: {
      clock,
      audit,
      control,
      labels,
      exports,
      keys,
      admins: stores.admins,
      people: hasOwnIssuer(config) ? createLocalPeople({ dataDir: config.dataDir, clock }) : null,
      transcripts,
      readStatus: createStatus(database, control),
      candidateReviews: createCandidateReviews(database),
      newExportId: () => `ex_${random.hex(16)}`,
      ...createOwnExporting({ platform, stores, loaded }),
      deleteSubject: deletions.deleteSubject,
      async digestSubject(tenant, name) {
        const key = await loadSubjectKey({ database, random, copies })
        return digestSubject(key, tenant, name)
      },
    },
    async [Symbol.asyncDispose]() {
      await trial[Symbol.asyncDispose]()
      await opened[Symbol.asyncDispose]()
    },
  }
}

/** As a gateway with this configuration has one. */
function hasOwnIssuer({ loopback, admin }: Config): boolean {
  return loopback && !admin
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
