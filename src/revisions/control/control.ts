/**
 * What people do with policies: check, push, activate, halt, roll back, and look. The port behind the admin surface and
 * the command line. Types only. Whoever acts is named, and the name is in the audit log.
 */
import type { JsonValue } from '../../lib/json.ts'
import type { Result } from '../../lib/result.ts'
import type { Bundle } from '../../policy/section.ts'
import type { PolicyFile } from '../../policy/write/problem.ts'
import type {
  AdmissionProblem,
  AdmissionReport,
  CallerScope,
  MissingSignatures,
  PolicyState,
  RejectionPage,
  RejectionRecord,
  RevisionPage,
  RevisionRecord,
} from '../registry.ts'

/** A policy to be looked at: compiled, or as the files it is written in (then problems have lines). */
export type PolicySubmission = {
  /** The content of a bundle, as `chambers policy build` writes it; null where only files are sent. */
  readonly bundle: JsonValue
  /** Its golden cases, in the order of files and lines; null where files are sent. */
  readonly tests: JsonValue
  readonly files: readonly PolicyFile[] | null
}

/** A signed revision with all it names. For contents the gateway has already, `bundle` and `tests` may be null. */
export type RevisionSubmission = PolicySubmission & { readonly jws: JsonValue }

export type CheckReport = {
  /** True when it could be pushed. */
  readonly ok: boolean
  readonly digest: string | null
  readonly testsDigest: string | null
  readonly problems: readonly AdmissionProblem[]
  readonly warnings: readonly AdmissionProblem[]
  /** Null where it was not worth testing. */
  readonly report: Omit<AdmissionReport, 'signers' | 'warnings'> | null
}

export type ControlFailure =
  /** No such policy or revision. */
  | { readonly reason: 'not_found'; readonly message: string }
  /** The revision is not admitted; it is kept as rejected under this id, where it could be read at all. */
  | {
      readonly reason: 'rejected'
      readonly id: string | null
      readonly problems: readonly AdmissionProblem[]
    }
  /** Somebody else has changed the policy since; nothing was done. */
  | { readonly reason: 'stale'; readonly current: PolicyState }
  /** It cannot be done in this state; the message says what to do first. */
  | { readonly reason: 'conflict'; readonly message: string }

export type Activation = {
  readonly policy: string
  readonly revision: number
  /** 0 to 100; null: as the revision's own `rollout` says, else 100, else 0 for a shadow. */
  readonly percent: number | null
  /** Null: as the revision's own `rollout` says, else false. */
  readonly shadow: boolean | null
  /** Whom it is for; null, or absent: everyone. Only for everyone is it ever committed. */
  readonly callers?: CallerScope | null
  /** The version of the state that the caller knows; null: whatever it is. */
  readonly expected: number | null
}

/** Where a policy stands that was pushed and never served: as a state, with nothing in it, and what was pushed last. */
export type UnservedState = {
  readonly policy: string
  readonly version: 0
  readonly action: 'push'
  readonly active: null
  readonly activeDigest: null
  readonly candidate: null
  readonly candidateDigest: null
  readonly percent: 0
  readonly shadow: false
  /** When that was pushed, in milliseconds since the epoch, and by whom. */
  readonly changed: number
  readonly changedBy: string
  readonly reason: null
  readonly stopped: null
  readonly newest: {
    /** Null for a rejection that nobody could read. */
    readonly number: number | null
    readonly state: 'admitted' | 'waiting' | 'rejected'
    /** What a revision lacks that waits for signatures. */
    readonly waiting: MissingSignatures | null
  }
}

/** Callers of a policy to be served by another one. */
export type MoveRequest = {
  /** The policy that they ask for. */
  readonly policy: string
  readonly to: string
  /** 0 to 100; null: 0 for a shadow. */
  readonly percent: number | null
  readonly shadow: boolean
  readonly callers: CallerScope | null
  /** The version of the state of `policy` that the caller knows; null: whatever it is. */
  readonly expected: number | null
}

export interface PolicyControl {
  /** Compiles, checks and tests without keeping anything. */
  check(policy: string, submission: PolicySubmission): Promise<CheckReport>
  /**
   * Verifies, checks, tests and keeps a revision. Pushing the same one again is no error, and signatures that it bears now
   * join those that it bore.
   */
  push(
    policy: string,
    submission: RevisionSubmission,
    actor: string,
  ): Promise<Result<RevisionRecord, ControlFailure>>
  activate(activation: Activation, actor: string): Promise<Result<PolicyState, ControlFailure>>
  /** Gives a share of a policy's callers what serves another; it stays until it is halted, and needs no signature. */
  move(move: MoveRequest, actor: string): Promise<Result<PolicyState, ControlFailure>>
  /** Takes a staged revision back, or ends a move. `reason` where the gateway does it by itself. */
  halt(
    halt: {
      readonly policy: string
      readonly expected: number | null
      readonly reason: string | null
    },
    actor: string,
  ): Promise<Result<PolicyState, ControlFailure>>
  /** Verifies a new signed revision that names a digest which served before, and activates it at once, for everyone. */
  rollback(
    rollback: {
      readonly policy: string
      readonly jws: JsonValue
      readonly expected: number | null
    },
    actor: string,
  ): Promise<Result<PolicyState, ControlFailure>>
  /**
   * Verifies a new revision that one person has signed to stop what serves, and goes back by it, at once and for everyone.
   * The state says what it lacks signatures for; these may join it.
   */
  stop(
    stop: {
      readonly policy: string
      readonly jws: JsonValue
      readonly expected: number | null
    },
    actor: string,
  ): Promise<Result<PolicyState, ControlFailure>>
  /**
   * What each of a policy's kept revisions lacks before it can be activated, in their order; null where it lacks nothing, or has had
   * its time.
   */
  waiting(
    policy: string,
    records: readonly RevisionRecord[],
  ): Promise<readonly (MissingSignatures | null)[]>
  unserved(): Promise<readonly UnservedState[]>
  /** The state of every policy, those built into the program included (version 0 until a first change). */
  states(): Promise<readonly PolicyState[]>
  history(policy: string, page: RevisionPage): Promise<readonly PolicyState[]>
  revisions(policy: string, page: RevisionPage): Promise<readonly RevisionRecord[]>
  revision(policy: string, number: number): Promise<RevisionRecord | null>
  rejections(policy: string, page: RejectionPage): Promise<readonly RejectionRecord[]>
  /** The bundle of an admitted revision, or the one built in for number 0. */
  bundle(policy: string, number: number): Promise<Bundle | null>
  /** The bundle that is kept, or built in, under a digest. */
  bundleByDigest(policy: string, digest: string): Promise<Bundle | null>
  /** The golden cases of an admitted revision, as they were signed. */
  tests(policy: string, number: number): Promise<JsonValue | null>
}
