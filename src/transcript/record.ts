/**
 * The transcript: one JSON record per deliberation, versioned by `schema`, built once and projected to every export.
 * This is one of the files that may reveal reasoning: a transcript holds it, so it must never be logged or sent to a client.
 */
import type { JsonObject, JsonValue } from '../lib/json.ts'

export type TranscriptOutcome = {
  readonly kind: 'released' | 'redrafted' | 'substituted' | 'passed' | 'failed'
  readonly attempt: number | null
  readonly reason: string | null
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
  readonly mode: 'enforce' | 'shadow' | 'off'
  /** The client's turns and parameters, verbatim; null in `off`. */
  readonly request: JsonObject | null
  readonly policy: { readonly id: string; readonly digest: string; readonly revision: number }
  readonly protocol: string
  readonly selection: readonly {
    readonly section: string
    readonly score: number
    readonly reason: string
    readonly full: boolean
  }[]
  readonly upstream: {
    readonly provider: string
    readonly model: string
    readonly family: string | null
    readonly license: string | null
    readonly trainingRights: 'none' | 'internal' | 'open'
  }
  /** See design section 6; plain JSON, reasoning revealed. */
  readonly attempts: readonly JsonObject[]
  readonly outcome: TranscriptOutcome
  /** What the client received, in neutral parts, one per choice; null when it was an error or relayed bytes. */
  readonly final: JsonValue
  readonly usage: JsonObject
  readonly timings: JsonObject
  readonly consent: 'none' | 'audit' | 'harvest'
  readonly redactions: readonly JsonObject[]
  readonly labels: readonly JsonObject[]
  readonly cohort: JsonObject | null
}
