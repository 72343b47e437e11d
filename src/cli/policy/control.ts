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
  UnservedState,
} from '../../revisions/control/control.ts'
import type {
  AdmissionReport,
  MissingSignatures,
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
  Pick<AdmissionReport, 'signers'> &
  WithWaiting

/** A policy that serves, or one that was pushed and never did. */
export type KnownPolicy = PolicyState | UnservedState

/** What it lacks before it can be activated; null where it lacks nothing. */
type WithWaiting = { readonly waiting: MissingSignatures | null }

/** A revision that is kept, as the desk tells of it. */
export type KeptRevision = RevisionRecord & WithWaiting

type Change = Promise<Result<PolicyState, ControlFailure>>

export type Control = Pick<PolicyControl, 'states' | 'bundle'> & {
  /** Those that serve and those that were pushed and never did, by id. */
  known(): Promise<readonly KnownPolicy[]>
  revision(policy: string, number: number): Promise<KeptRevision | null>
  /** A kept revision with its contents, as it would be pushed; null where there is none. */
  submission(policy: string, number: number): Promise<RevisionSubmission | null>
  push(
    policy: string,
    submission: RevisionSubmission,
  ): Promise<Result<KeptRevision, ControlFailure>>
  stop(stop: Parameters<PolicyControl['stop']>[0]): Change
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
