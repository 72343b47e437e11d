/**
 * What is kept of policies besides their folders: revisions, rejections, and which revision serves. Types only.
 * A state is never altered: each change is the next version, so that of two changes at once one finds its version taken.
 */
import type { AuditEvent } from '../audit/audit-log.ts'
import type { JsonValue } from '../lib/json.ts'
import type { Result } from '../lib/result.ts'
import type { CasesReport } from '../policy/check/run-cases.ts'
import type { AdmissionCode } from './admission-code.ts'
import type { Envelope, RevisionPayload } from './revision.ts'

/** What is wrong with a revision, for the people who wrote it. */
export type AdmissionProblem = {
  readonly code: AdmissionCode
  /** What to do about it. */
  readonly message: string
  /** The file of the policy's folder and the line in it, where they are known. */
  readonly file?: string
  readonly line?: number
  /** A JSON pointer (RFC 6901) into what was sent. */
  readonly pointer?: string
  /** The name of the key, where it is of one signature. */
  readonly signer?: string
}

/** What an envelope says, and whose good signatures it bears: each key once, whatever it is called. */
export type VerifiedRevision = {
  readonly payload: RevisionPayload
  /** With the signatures of the signers, in their order, and no others. */
  readonly envelope: Envelope
  readonly signers: readonly {
    readonly kid: string
    /** JWK thumbprint (RFC 7638), SHA-256. */
    readonly thumbprint: string
  }[]
  /** Signatures that do not count: of keys that are not among those trusted now, or of one that has signed already. */
  readonly passedOver: readonly AdmissionProblem[]
}

/** Proves the signatures of an envelope; says nothing of its times, its number or its contents. */
export type VerifyRevision = (
  jws: JsonValue,
) => Promise<Result<VerifiedRevision, readonly AdmissionProblem[]>>

/** How golden decision cases went; null where no model was there to try them. */
export type DecisionsReport = {
  readonly model: string
  readonly cases: readonly {
    readonly id: string
    readonly outcome: 'passed' | 'failed' | 'unjudged'
    readonly expected: { readonly decision?: string; readonly clauses?: readonly string[] }
    readonly got: { readonly decision: string | null; readonly clauses: readonly string[] }
  }[]
}

export type AdmissionReport = {
  readonly signers: readonly string[]
  readonly selection: CasesReport
  readonly decisions: DecisionsReport | null
  /** Sentences: what bars nothing and should be known. */
  readonly warnings: readonly string[]
}

/** An admitted revision: it can be activated once it bears the signatures that what serves asks for. */
export type RevisionRecord = {
  readonly policy: string
  readonly number: number
  readonly digest: string
  readonly payload: RevisionPayload
  readonly jws: Envelope
  readonly report: AdmissionReport
  /** Milliseconds since the epoch. */
  readonly pushed: number
  readonly pushedBy: string
}

/** A revision that was refused: it can never be activated. */
export type RejectionRecord = {
  readonly id: string
  readonly policy: string
  /** As it claimed; null where it could not be read. */
  readonly number: number | null
  readonly digest: string | null
  readonly problems: readonly AdmissionProblem[]
  readonly pushed: number
  readonly pushedBy: string
}

/** What a revision lacks before it can be activated. */
export type MissingSignatures = {
  /** How many signatures it wants, of different keys. */
  readonly required: number
  /** The keys among which they must be; empty: all that are trusted. */
  readonly of: readonly string[]
  /** Whose signatures it bears that count. */
  readonly bears: readonly string[]
  readonly missing: number
}

/** A signature that came after its revision was pushed. */
export type JoinedSignature = VerifiedRevision['signers'][number] &
  Envelope['signatures'][number] & {
    /** Milliseconds since the epoch. */
    readonly joined: number
    readonly joinedBy: string
  }

export type StateAction = 'activate' | 'stage' | 'halt' | 'rollback' | 'move' | 'stop' | 'sign'

/** Some of a policy's callers: of one of the tenants and of one of the apps; null: of any. */
export type CallerScope = {
  readonly tenants: readonly string[] | null
  readonly apps: readonly string[] | null
}

/** Callers of a policy who get what serves another one. */
export type Move = {
  /** The other policy. */
  readonly to: string
  /** The share (0 to 100) of the callers. */
  readonly percent: number
  /** True: what serves the other policy is also run beside, for the rest, without effect. */
  readonly shadow: boolean
  /** Whom the move is for; null: every caller. */
  readonly callers: CallerScope | null
}

/** Which revision of a policy serves, from one change to the next. */
export type PolicyState = {
  readonly policy: string
  /** Counted from 1 by every change; 0 while the bundle built into the program serves. */
  readonly version: number
  readonly action: StateAction
  /** The highest committed number, which serves; 0: the bundle built into the program. */
  readonly active: number
  readonly activeDigest: string
  /** A staged revision that has not been committed. */
  readonly candidate: number | null
  readonly candidateDigest: string | null
  /** The share (0 to 100) of callers whom the candidate serves. */
  readonly percent: number
  /** True: the candidate is also run beside the active revision, without effect. */
  readonly shadow: boolean
  /** Whom the candidate is for, where it is not every caller. */
  readonly callers: CallerScope | null
  /** Null where nobody is moved to another policy; else nothing is staged. It outlives what serves. */
  readonly move: Move | null
  /** Milliseconds since the epoch. */
  readonly changed: number
  readonly changedBy: string
  /** Why, where the gateway did it by itself or one person stopped. */
  readonly reason: string | null
  /** The revision that one person stopped, while what serves lacks signatures that it asks for; 0: what was built in. */
  readonly stopped: number | null
}

/** A policy that was pushed and never served. */
export type UnservedPolicy = {
  readonly policy: string
  /** What was pushed last; a null number is of a rejection that nobody could read. */
  readonly newest: {
    readonly number: number | null
    readonly state: 'admitted' | 'rejected'
    /** Milliseconds since the epoch. */
    readonly pushed: number
    readonly pushedBy: string
  }
}

/** A bundle's content and its golden cases, each known by the digest that was signed. */
export type RevisionContents = {
  readonly bundle: JsonValue
  /** Null where they are not there: what was built into the program came without them. */
  readonly tests: JsonValue | null
}

/** The number, or version, that a page of a listing begins before; they go down from there. */
export type RevisionPage = { readonly before: number | null; readonly limit: number }

/** A page of rejections goes back in time from the last one of the page before it. */
export type RejectionPage = {
  readonly before: Pick<RejectionRecord, 'pushed' | 'id'> | null
  readonly limit: number
}

export interface RevisionReader {
  /** The newest state of each policy that ever had a change. One small query: it is polled. */
  states(): Promise<readonly PolicyState[]>
  /** The states of one policy, the newest first. */
  history(policy: string, page: RevisionPage): Promise<readonly PolicyState[]>
  revision(policy: string, number: number): Promise<RevisionRecord | null>
  revisions(policy: string, page: RevisionPage): Promise<readonly RevisionRecord[]>
  /** The newest first. */
  rejections(policy: string, page: RejectionPage): Promise<readonly RejectionRecord[]>
  /** The JSON of a bundle or of golden cases, by its digest. */
  content(digest: string): Promise<JsonValue | null>
  /** True where a state has named the digest as the active one. */
  hasServed(policy: string, digest: string): Promise<boolean>
  /** The same, but for states in which it served by the word of one person. */
  hasServedInFull(policy: string, digest: string): Promise<boolean>
  /** Policies without a state. */
  unserved(): Promise<readonly UnservedPolicy[]>
}

export interface RevisionWriter {
  /** Keeps a revision and its contents with the event; `number_taken` when another revision has the number. */
  admit(
    record: RevisionRecord,
    contents: RevisionContents,
    event: AuditEvent,
  ): Promise<Result<null, { readonly reason: 'number_taken' }>>
  reject(record: RejectionRecord, event: AuditEvent): Promise<void>
  /**
   * Adds signatures to a revision that is kept, and makes the next state with them where one is given; `taken` where one of
   * the keys has joined meanwhile, or the version is taken.
   */
  join(
    revision: Pick<RevisionRecord, 'policy' | 'number'>,
    signatures: readonly JoinedSignature[],
    change: { readonly state: PolicyState | null; readonly event: AuditEvent },
  ): Promise<Result<null, { readonly reason: 'taken' }>>
  /** Makes the next state with the event; `version_taken` when another change was quicker. */
  change(
    state: PolicyState,
    event: AuditEvent,
  ): Promise<Result<null, { readonly reason: 'version_taken' }>>
  /** Keeps a revision and makes the next state at once; `taken` when its number or the version is. */
  admitAndChange(
    record: RevisionRecord,
    contents: RevisionContents,
    change: { readonly state: PolicyState; readonly event: AuditEvent },
  ): Promise<Result<null, { readonly reason: 'taken' }>>
}

export type RevisionStore = RevisionReader & RevisionWriter
