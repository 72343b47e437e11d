/**
 * The desk: what the admin surface is made of, each port by its name. Made once per process or isolate; who may use which
 * route is for the routes to say.
 */
import type { AdminPorts } from '../../admin/routes.ts'
import { createExporting } from '../../harvest/export/serving/serve-export.ts'
import type { Platform } from '../platform.ts'
import type { Access } from './access.ts'
import type { Custody } from './custody.ts'
import type { Policies } from './policies.ts'
import type { Stores } from './stores.ts'
import type { Watching } from './watching.ts'

export type DeskOptions = {
  readonly platform: Pick<
    Platform,
    | 'database'
    | 'blobs'
    | 'compression'
    | 'clock'
    | 'random'
    | 'people'
    | 'sha256'
    | 'protocol'
    | 'builtIn'
    | 'openExportIndex'
    | 'parquetCodecs'
    | 'digestStream'
    | 'enqueueBatchLine'
    | 'report'
  >
  readonly stores: Stores
  readonly policies: Policies
  readonly custody: Custody
  readonly watching: Watching
  readonly access: Access
}

export function createDesk(options: DeskOptions): AdminPorts {
  const { stores, policies, custody, watching, access } = options
  const { serveExport, exportTexts, newExportId } = createExports(options)
  const batches = createBatches(options)
  return {
    authenticateAdmin: access.authenticateAdmin,
    clock: options.platform.clock,
    control: policies.control,
    readStatus: watching.readStatus,
    candidateReviews: watching.candidateReviews,
    transcripts: stores.transcripts,
    labels: stores.labels,
    exports: stores.exports,
    serveExport,
    exportTexts,
    newExportId,
    deleteSubject: custody.deleteSubject,
    digestSubject: custody.digestSubject,
    keys: stores.keys,
    admins: stores.admins,
    people: options.platform.people,
    audit: stores.audit,
    ...(batches && { batches }),
  }
}

function createExports({ platform, stores }: DeskOptions) {
  const { database, blobs, compression, clock, random, sha256, protocol, builtIn } = platform
  const { openExportIndex, parquetCodecs, digestStream, report } = platform
  return createExporting({
    database,
    blobs,
    compression,
    clock,
    random,
    sha256,
    protocol,
    builtIn,
    audit: stores.audit,
    labels: stores.labels,
    exports: stores.exports,
    ...(openExportIndex && { openExportIndex }),
    ...(parquetCodecs && { parquetCodecs }),
    digestStream,
    report: (error) => report(error, 'export'),
  })
}

/** Null where there is no queue. */
function createBatches({ platform, stores, policies }: DeskOptions): AdminPorts['batches'] | null {
  const { enqueueBatchLine: enqueue } = platform
  if (!enqueue) return null
  return {
    audit: stores.audit,
    findBundle: (policy, digest) => policies.repository.find(policy, digest),
    enqueue,
  }
}
