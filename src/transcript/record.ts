/**
 * The transcript: one JSON record per deliberation, versioned by `schema`, built once and projected to every export.
 * This is one of the files that may reveal reasoning: a transcript holds it, so it must never be logged or sent to a client.
 * Under consent `none` nothing that anyone wrote gets into one: counts, classes and digests alone.
 */
import type {
  Answer,
  Attempt,
  Check,
  Deliberation,
  Failure,
  Finding,
  Opinion,
  Strategy,
  Verdict,
} from '../deliberation/outcome.ts'
import { revealReasoning } from '../deliberation/reasoning.ts'
import { sumUsage } from '../deliberation/usage.ts'
import type { JsonObject, JsonValue } from '../lib/json.ts'
import { reveal } from '../lib/opaque.ts'
import type { CallTimings, Usage } from '../model/model.ts'
import type { Cohort } from '../policy/repository.ts'
import type { Decision } from '../policy/section.ts'

export type Consent = 'none' | 'audit' | 'harvest'

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
  readonly judgeFailures: readonly { readonly reason: string; readonly channel: string }[]
  readonly failure: JsonObject | null
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
  readonly mode: 'enforce' | 'shadow' | 'off'
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
  /** Absent where a client has asked. */
  readonly batch?: TranscriptBatch
}

/** What a transcript takes from the request itself, whatever became of it. */
export type TranscriptOrigin = {
  readonly id: string
  /** Wall time of arrival, in milliseconds. */
  readonly time: number
  readonly principal: { readonly tenant: string; readonly app: string; readonly consent: Consent }
  readonly session: string | null
  readonly subject: string | null
  readonly upstream: Provenance
  readonly cohort: Cohort | null
  /** With consent to keep content. */
  readonly batch?: TranscriptBatch
}

export type TranscriptOptions = TranscriptOrigin & {
  readonly deliberation: Deliberation
  readonly mode: 'enforce' | 'shadow'
  /** The client's body, verbatim. */
  readonly request: JsonObject
  /** As `digestReceived` has it; left out, nothing proves what the client sent. */
  readonly received?: string | null
  /** Set in `shadow`: the client had the upstream's own answer, and the deliberation's end is only its reason. */
  readonly outcome?: 'passed'
  /** Replaces what the client received, where that is not the deliberation's own answer. */
  readonly final?: JsonValue
}

/** Builds the record of one deliberation: the only place where one is made. */
export function buildTranscript(options: TranscriptOptions): Transcript {
  const { deliberation, mode, principal, request, received = null } = options
  const keep = principal.consent !== 'none'
  const { bundle, protocol, selection, attempts, timings } = deliberation
  return {
    ...originOf(options),
    mode,
    request: keep ? request : null,
    // A short request could be found again by its digest.
    received: keep ? received : null,
    policy: { id: bundle.id, digest: bundle.digest, revision: bundle.revision },
    protocol: protocol.digest,
    selection: (selection?.sections ?? []).map(({ section, score, reason, full }) => ({
      section: section.id,
      score,
      // The reason names the client's own words.
      reason: keep ? reason : '',
      full,
    })),
    attempts: attempts.map((attempt) => recordAttempt(attempt, keep)),
    outcome: outcomeOf(deliberation, options.outcome),
    final: keep ? finalOf(options) : null,
    usage: usageOf(deliberation),
    timings: { ...timings },
  }
}

export type RelayTranscriptOptions = TranscriptOrigin & {
  readonly policy: Transcript['policy']
  readonly protocol: string
  readonly outcome: { readonly kind: 'passed' | 'failed'; readonly reason: string | null }
  /** As far as the relay could read it without touching the bytes. */
  readonly usage: Usage | null
  readonly totalMs: number
  readonly modelMs: number
}

/** Builds the content-free record of a request that was only relayed (`off`). */
export function buildRelayTranscript(options: RelayTranscriptOptions): Transcript {
  const { policy, protocol, outcome, usage, totalMs, modelMs } = options
  return {
    ...originOf(options),
    mode: 'off',
    request: null,
    received: null,
    policy,
    protocol,
    selection: [],
    attempts: [],
    outcome: { ...outcome, attempt: null, choices: [] },
    final: null,
    usage: { generation: usage, judge: null },
    timings: { totalMs, modelMs, selectMs: 0 },
  }
}

function originOf(origin: TranscriptOrigin) {
  const { id, time, principal, session, subject, upstream, cohort, batch } = origin
  const keep = principal.consent !== 'none'
  return {
    schema: 1,
    id,
    time: new Date(time).toISOString(),
    tenant: principal.tenant,
    app: principal.app,
    session: keep ? session : null,
    subject: keep ? subject : null,
    upstream,
    consent: principal.consent,
    redactions: [],
    labels: [],
    cohort,
    ...(batch && { batch }),
  } as const
}

function recordAttempt(attempt: Attempt, keep: boolean): TranscriptAttempt {
  const { choice, number, strategy, draft, usage, timings, checks, verdicts } = attempt
  const citations = checks.find(({ name }) => name === 'citations')
  return {
    choice,
    number,
    strategy,
    reasoning: keep && draft ? revealReasoning(draft.reasoning, 'transcript') : null,
    decision: draft?.decision ?? null,
    citedClauses: draft?.citedClauses ?? [],
    citationsVerified: citations?.passed ?? null,
    answer: keep ? (draft?.answer ?? null) : null,
    usage,
    timings,
    checks,
    verdicts: keep ? verdicts : verdicts.map(withoutWords),
    judgeFailures: attempt.judgeFailures,
    failure: attempt.failure && recordFailure(attempt.failure, keep),
  }
}

function withoutWords(verdict: Verdict): Verdict {
  const findings = verdict.findings.map((finding: Finding) => ({
    ...finding,
    evidence: null,
    hint: null,
  }))
  return { ...verdict, findings }
}

/** A failure as its class and evidence; the upstream's own words, which may quote the prompt, only where content is kept. */
function recordFailure(failure: Failure, keep: boolean): JsonObject {
  if (!keep) return { reason: failure.reason }
  if (failure.reason !== 'model_rejected') return { ...failure }
  return { ...failure, detail: reveal(failure.detail) }
}

function usageOf({ attempts, outcome }: Deliberation): TranscriptUsage {
  return {
    generation: outcome.ok ? outcome.value.usage : sumUsage(attempts.map(({ usage }) => usage)),
    judge: sumUsage(attempts.flatMap(({ verdicts }) => verdicts.map(({ usage }) => usage))),
  }
}

function outcomeOf({ outcome }: Deliberation, override: 'passed' | undefined): TranscriptOutcome {
  if (!outcome.ok) {
    const { reason } = outcome.failure
    return { kind: override ?? 'failed', attempt: null, reason, choices: [] }
  }
  const { kind } = outcome.value
  const choices = outcome.value.choices.map((choice) => ({
    index: choice.index,
    kind: choice.kind,
    attempt: choice.attempt,
    reason: choice.reason,
  }))
  const decisive = choices.find((choice) => choice.kind === kind) ?? choices[0]
  const attempt = decisive?.attempt ?? null
  if (override) return { kind: override, attempt, reason: kind, choices }
  return { kind, attempt, reason: decisive?.reason ?? null, choices }
}

function finalOf({ deliberation, final, outcome: override }: TranscriptOptions): JsonValue {
  if (final !== undefined) return final
  const { outcome } = deliberation
  if (!outcome.ok || override) return null
  return outcome.value.choices.map(({ index, kind, attempt, reason, answer }) => ({
    index,
    kind,
    attempt,
    reason,
    ...answer,
  }))
}
