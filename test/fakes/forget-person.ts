/** Deletes a person from a database, as the gateway does. */
import { createAuditLog } from '../../src/audit/audit-log.ts'
import type { Database } from '../../src/database/database.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { noMetrics } from '../../src/telemetry/metrics.ts'
import { createDatabaseBlobs } from '../../src/transcript/store/database-blobs.ts'
import { createDeletions, type Deleted } from '../../src/transcript/store/delete-subject.ts'
import { createExportStore } from '../../src/transcript/store/exports.ts'

export function forgetPerson(database: Database, subject: string): Promise<Deleted> {
  const audit = createAuditLog({ database, clock: systemClock })
  const exports = createExportStore({ database, audit })
  const blobs = createDatabaseBlobs(database)
  const ports = { database, blobs, audit, exports, clock: systemClock, metrics: noMetrics }
  return createDeletions(ports).deleteSubject({ subject, tenants: null, actor: 'admin:ada' })
}
