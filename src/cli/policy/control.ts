/**
 * What the command line can do with policies. Types only. Whoever acts is known to the desk that was opened, and stands in the
 * audit log.
 */
import type { Result } from '../../lib/result.ts'
import type {
  Activation,
  ControlFailure,
  MoveRequest,
  PolicyControl,
  RevisionSubmission,
} from '../../revisions/control/control.ts'
import type {
  AdmissionReport,
  PolicyState,
  RejectionRecord,
  RevisionPage,
  RevisionRecord,
} from '../../revisions/registry.ts'
import type { StatusReport } from '../../revisions/watching/status-report.ts'

/** A revision as a listing tells of it. */
export type ListedRevision = Pick<
  RevisionRecord,
  'policy' | 'number' | 'digest' | 'payload' | 'pushed' | 'pushedBy'
> &
  Pick<AdmissionReport, 'signers'>

type Change = Promise<Result<PolicyState, ControlFailure>>

export type Control = Pick<PolicyControl, 'states' | 'revision' | 'bundle'> & {
  push(
    policy: string,
    submission: RevisionSubmission,
  ): Promise<Result<RevisionRecord, ControlFailure>>
  activate(activation: Activation): Change
  move(move: MoveRequest): Change
  halt(halt: Pick<Activation, 'policy' | 'expected'>): Change
  rollback(rollback: Parameters<PolicyControl['rollback']>[0]): Change
  /** The newest first. */
  history(policy: string, limit: number): Promise<readonly PolicyState[]>
  revisions(policy: string, page: RevisionPage): Promise<readonly ListedRevision[]>
  rejections(policy: string, limit: number): Promise<readonly RejectionRecord[]>
  status(): Promise<StatusReport>
}

export type OpenControl = AsyncDisposable & Control

/** As many as a page holds. */
export const PAGE = 200
