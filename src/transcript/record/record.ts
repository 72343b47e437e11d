/**
 * The transcript: one JSON record per deliberation, versioned by `schema`, built once and projected to every export. Types, and the words of consent.
 * It holds reasoning in the clear, so it must never be logged or sent to a client.
 */

import type { CallTimings, FinishReason, Segment, Usage } from '../../conversation/model.ts'
import type { Answer, Check, Opinion, Strategy, Verdict } from '../../conversation/outcome.ts'
import type { ToolCall } from '../../conversation/turn.ts'
import type { JsonObject, JsonValue } from '../../lib/json.ts'
import type { Cohort } from '../../policy/repository.ts'
import type { Decision, Mode } from '../../policy/section.ts'

/** What may be kept of an exchange, and what for: nothing of its content, a record, a record and training data. */
export const CONSENTS = ['none', 'audit', 'harvest'] as const
export type Consent = (typeof CONSENTS)[number]

export type TranscriptOutcome = {
  readonly kind: 'released' | 'redrafted' | 'substituted' | 'passed' | 'failed'
  readonly attempt: number | null
  readonly reason: string | null
  /** Each choice's own end, as it was decided, in `shadow` too; empty when nothing was. */
  readonly choices: readonly {
    readonly index: number
    readonly kind: 'released' | 'redrafted' | 'substituted'
    readonly attempt: number | null
    readonly reason: string | null
  }[]
}

/** Where the answer came from: the provenance of every harvested row. */
export type Provenance = {
  readonly provider: string
  readonly model: string
  readonly family: string | null
  readonly license: string | null
  readonly trainingRights: 'none' | 'internal' | 'open'
}

/** One draft as it is kept; text is null where there was none or it may not be kept. */
export type TranscriptAttempt = {
  readonly choice: number
  readonly number: number
  readonly strategy: Strategy
  readonly reasoning: string | null
  readonly decision: Decision | null
  readonly citedClauses: readonly string[]
  /** Null where the citations were not checked. */
  readonly citationsVerified: boolean | null
  readonly answer: Answer | null
  readonly usage: Usage | null
  readonly timings: CallTimings | null
  readonly checks: readonly Check[]
  readonly verdicts: readonly Verdict[]
  readonly judgeFailures: readonly TranscriptJudgeFailure[]
  readonly failure: JsonObject | null
  /** Absent where the draft could be split, and where nothing was written or may be kept. */
  readonly unsplit?: TranscriptUnsplit
}

/** Why a channel gave no verdict; what the judge or its server wrote in place of one, where it may be kept. */
export type TranscriptJudgeFailure = {
  readonly reason: string
  readonly channel: string
  /** HTTP status of its server, where that was the cause. */
  readonly status?: number
  readonly words?: string
}

/** What a model wrote that is no draft, reasoning and answer not told apart. */
export type TranscriptUnsplit = {
  readonly segments: readonly Segment[]
  readonly toolCalls: readonly ToolCall[]
  readonly finishReason: FinishReason | null
  /** What the operator can change. */
  readonly advice: string | null
}

/** What a client carried from an earlier turn, genuine, and not used as it was sealed. */
export type StaleState = {
  /** Where in the request it stands. */
  readonly param: string
  /** Left out: `expired`, `other_model` (another one wrote it). Put back all the same: `policy_changed`. */
  readonly why: 'expired' | 'other_model' | 'policy_changed'
}

export type TranscriptUsage = {
  /** Every draft, failed ones too; null when no upstream said. */
  readonly generation: Usage | null
  readonly judge: Usage | null
}

export type TranscriptTimings = {
  readonly totalMs: number
  readonly modelMs: number
  readonly selectMs: number
}

/** What a prompt of a batch came with, which no client has sent. */
export type TranscriptBatch = {
  readonly id: string
  /** Of the input, counted from 1. */
  readonly line: number
  /** As the line names itself. */
  readonly item: string | null
  /** The section it was labelled with, and so given in full. */
  readonly section: string | null
  /** So many replies were asked for each verdict, whatever number the policy of this digest names. */
  readonly samples: number
  /** What reviews were told that others hold. */
  readonly opinions: readonly Opinion[]
}

export type Transcript = {
  readonly schema: 1
  readonly id: string
  /** ISO 8601, UTC. */
  readonly time: string
  readonly tenant: string
  readonly app: string
  readonly session: string | null
  readonly subject: string | null
  readonly mode: Mode
  /** The client's turns and parameters, verbatim; null in `off` and under consent `none`. */
  readonly request: JsonObject | null
  /** The digest of what the client sent, taken as it was read; null where it has none, or content is not kept. */
  readonly received: string | null
  readonly policy: { readonly id: string; readonly digest: string; readonly revision: number }
  readonly protocol: string
  readonly selection: readonly {
    readonly section: string
    readonly score: number
    readonly reason: string
    readonly full: boolean
  }[]
  readonly upstream: Provenance
  readonly attempts: readonly TranscriptAttempt[]
  readonly outcome: TranscriptOutcome
  /** What the client received, in neutral parts, one per choice; null when it was an error or relayed bytes. */
  readonly final: JsonValue
  readonly usage: TranscriptUsage
  readonly timings: TranscriptTimings
  readonly consent: Consent
  readonly redactions: readonly JsonObject[]
  readonly labels: readonly JsonObject[]
  /** On which side of a rollout the request fell; null where none was under way. */
  readonly cohort: Cohort | null
  /** By which contract the request came; absent for chat completions. */
  readonly door?: string
  /** Absent where a client has asked. */
  readonly batch?: TranscriptBatch
  /** Absent where there was none. */
  readonly stale?: readonly StaleState[]
}
