/**
 * Custody of transcripts once they are stored: how long they stay, and who is to be forgotten. Made once per process or
 * isolate; nothing is removed while it is made.
 */
import type { PolicyRepository } from '../../policy/repository.ts'
import { expireState } from '../../state/store.ts'
import { createDeletions, type DeleteSubject } from '../../transcript/store/delete-subject.ts'
import { createExpire } from '../../transcript/store/retention.ts'
import { digestSubject, type SubjectKey } from '../../transcript/store/subject.ts'
import type { Platform } from '../platform.ts'
import type { Stores } from './stores.ts'

export type CustodyOptions = {
  readonly platform: Pick<Platform, 'database' | 'blobs' | 'clock' | 'leaving' | 'report'> & {
    readonly telemetry: Pick<Platform['telemetry'], 'metrics'>
  }
  readonly stores: Pick<Stores, 'audit' | 'exports'>
  readonly policies: Pick<PolicyRepository, 'find' | 'status'>
  readonly subjectKey: SubjectKey
}

export type Custody = {
  readonly deleteSubject: DeleteSubject
  readonly digestSubject: (tenant: string, name: string) => Promise<string>
  /**
   * Removes what is older than its policy allows, and the state of conversations that has ended, so many of each at most, and what
   * deletions have left. Never rejects.
   */
  readonly expire: (limit: number) => Promise<void>
}

/** What a policy keeps where it says nothing, and where nobody knows any more what it said. */
const DEFAULT_DAYS = 90

export function createCustody({ platform, stores, policies, subjectKey }: CustodyOptions): Custody {
  const { database, blobs, clock, leaving, report } = platform
  const { audit, exports } = stores
  const removing = { database, blobs, audit, clock, metrics: platform.telemetry.metrics }

  /** The bundle that served; a program that has come with another one since knows that one alone. */
  const daysOf = async (policy: string, digest: string): Promise<number> => {
    const served = await policies.find(policy, digest)
    if (served) return served.transcripts.retentionDays
    const now = policies.status().find(({ id }) => id === policy)
    const serving = now ? await policies.find(policy, now.digest) : null
    return serving?.transcripts.retentionDays ?? DEFAULT_DAYS
  }

  const { deleteSubject, finishRecent } = createDeletions({ ...removing, exports })
  const remove = createExpire({ ...removing, daysOf })
  return {
    deleteSubject,
    digestSubject: (tenant, name) => digestSubject(subjectKey, tenant, name),
    async expire(limit) {
      try {
        await finishRecent()
        await remove({ signal: leaving, limit })
        await expireState({ database, clock }, { signal: leaving, limit })
      } catch (error) {
        report(error, 'retention')
      }
    },
  }
}
