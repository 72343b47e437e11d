/**
 * The part of the composition root that looks after transcripts once they are stored: what people say of them, who took them
 * out, how long they stay, and who is to be forgotten. Made once per process or isolate.
 */
import type { AuditLog } from '../audit/audit-log.ts'
import type { PolicyRepository } from '../policy/repository.ts'
import { createDeletions, type DeleteSubject } from '../transcript/store/delete-subject.ts'
import type { Packing } from '../transcript/store/entry.ts'
import { createExportStore, type ExportStore } from '../transcript/store/exports.ts'
import { createLabelStore, type LabelStore } from '../transcript/store/labels.ts'
import { createExpire } from '../transcript/store/retention.ts'
import { digestSubject, type SubjectKey } from '../transcript/store/subject.ts'
import type { Platform } from './platform.ts'

export type CustodyOptions = Pick<
  Platform,
  'database' | 'blobs' | 'clock' | 'random' | 'telemetry' | 'leaving' | 'report'
> & {
  readonly audit: AuditLog
  readonly packing: Packing
  readonly policies: Pick<PolicyRepository, 'find' | 'status'>
  readonly subjectKey: SubjectKey
}

export type Custody = {
  readonly labels: LabelStore
  readonly exports: ExportStore
  readonly deleteSubject: DeleteSubject
  readonly digestSubject: (tenant: string, name: string) => Promise<string>
  /** Removes what is older than its policy allows, so many transcripts at most, and what deletions have left. Never rejects. */
  readonly expire: (limit: number) => Promise<void>
}

/** What a policy keeps where it says nothing, and where nobody knows any more what it said. */
const DEFAULT_DAYS = 90

export function createCustody(options: CustodyOptions): Custody {
  const { telemetry, policies, subjectKey, leaving, report } = options
  const { metrics } = telemetry
  const exports = createExportStore(options)

  /** The bundle that served; a program that has come with another one since knows that one alone. */
  const daysOf = async (policy: string, digest: string): Promise<number> => {
    const served = await policies.find(policy, digest)
    if (served) return served.transcripts.retentionDays
    const now = policies.status().find(({ id }) => id === policy)
    const serving = now ? await policies.find(policy, now.digest) : null
    return serving?.transcripts.retentionDays ?? DEFAULT_DAYS
  }

  const { deleteSubject, finishRecent } = createDeletions({ ...options, metrics, exports })
  const remove = createExpire({ ...options, metrics, daysOf })
  return {
    labels: createLabelStore(options),
    exports,
    deleteSubject,
    digestSubject: (tenant, name) => digestSubject(subjectKey, tenant, name),
    async expire(limit) {
      try {
        await finishRecent()
        await remove({ signal: leaving, limit })
      } catch (error) {
        report(error, 'retention')
      }
    },
  }
}
