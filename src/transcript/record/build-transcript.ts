/**
 * Builds transcripts: the only place where one is made. Pure. This is one of the files that may reveal reasoning, since a transcript
 * holds it. Under consent `none` nothing that anyone wrote gets into one: counts, classes and digests alone.
 */

import {
  adviceFor,
  type Failure,
  isOfJudge,
  isOfSplit,
  type JudgeFailure,
} from '../../conversation/failures.ts'
import type { Segment, Usage } from '../../conversation/model.ts'
import type { Attempt, Deliberation, Unsplit, Verdict } from '../../conversation/outcome.ts'
import { revealReasoning } from '../../conversation/reasoning.ts'
import { sumUsage } from '../../deliberation/usage.ts'
import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { reveal } from '../../lib/opaque.ts'
import type { Cohort } from '../../policy/repository.ts'
import type { Mode } from '../../policy/section.ts'
import type {
  Consent,
  Provenance,
  StaleState,
  Transcript,
  TranscriptAttempt,
  TranscriptBatch,
  TranscriptJudgeFailure,
  TranscriptOutcome,
  TranscriptUnsplit,
  TranscriptUsage,
} from './record.ts'

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
  readonly mode: Exclude<Mode, 'off'>
  /** The client's body, verbatim. */
  readonly request: JsonObject
  /** As `digestReceived` has it; left out, nothing proves what the client sent. */
  readonly received?: string | null
  /** What the client carried and was not used as it was sealed. */
  readonly stale?: readonly StaleState[]
  /** By which contract it came; chat completions where it is left out. */
  readonly door?: string
  /** Set in `shadow`: the client had the upstream's own answer, and the deliberation's end is only its reason. */
  readonly outcome?: 'passed'
  /** Replaces what the client received, where that is not the deliberation's own answer. */
  readonly final?: JsonValue
}

/** Builds the record of one deliberation. */
export function buildTranscript(options: TranscriptOptions): Transcript {
  const { deliberation, mode, principal, request } = options
  const { received = null, stale = [], door = 'chat' } = options
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
    ...(stale.length > 0 && { stale }),
    ...(door !== 'chat' && { door }),
  }
}

export type RelayTranscriptOptions = TranscriptOrigin & {
  /** `off` where it is left out. */
  readonly mode?: 'off' | 'shadow'
  readonly policy: Transcript['policy']
  readonly protocol: string
  readonly outcome: { readonly kind: 'passed' | 'failed'; readonly reason: string | null }
  /** As far as the relay could read it without touching the bytes. */
  readonly usage: Usage | null
  readonly totalMs: number
  readonly modelMs: number
}

/** Builds the content-free record of a request that was only relayed: in `off`, or in `shadow` where nothing was deliberated. */
export function buildRelayTranscript(options: RelayTranscriptOptions): Transcript {
  const { policy, protocol, outcome, usage, totalMs, modelMs } = options
  return {
    ...originOf(options),
    mode: options.mode ?? 'off',
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
  const { choice, number, strategy, draft, usage, timings, checks, verdicts, judgeFailures } =
    attempt
  const citations = checks.find(({ name }) => name === 'citations')
  const reasoning = draft?.reasoning ?? attempt.unsplit?.reasoning
  return {
    choice,
    number,
    strategy,
    reasoning: keep && reasoning ? revealReasoning(reasoning, 'transcript') : null,
    decision: draft?.decision ?? null,
    // A model may cite what is no clause, in whatever words.
    citedClauses: keep ? (draft?.citedClauses ?? []) : [],
    citationsVerified: citations?.passed ?? null,
    answer: keep ? (draft?.answer ?? null) : null,
    usage,
    timings,
    checks: keep ? checks : checks.map(({ name, passed, reason }) => ({ name, passed, reason })),
    verdicts: keep ? verdicts : verdicts.map(withoutWords),
    judgeFailures: judgeFailures.map((failure) => recordJudgeFailure(failure, keep)),
    failure: attempt.failure && recordFailure(attempt.failure, keep),
    ...(keep && attempt.unsplit && { unsplit: recordUnsplit(attempt.unsplit, attempt.failure) }),
  }
}

function recordJudgeFailure(
  { reason, channel, status, words }: JudgeFailure,
  keep: boolean,
): TranscriptJudgeFailure {
  return {
    reason,
    channel,
    ...(status !== undefined && { status }),
    ...(keep && words && { words: textOf(reveal(words)) }),
  }
}

function recordUnsplit(
  { output, toolCalls, finishReason }: Unsplit,
  failure: Failure | null,
): TranscriptUnsplit {
  const advice = failure && isOfSplit(failure) ? adviceFor(failure) : null
  return { segments: reveal(output), toolCalls, finishReason, advice }
}

function textOf(words: string | readonly Segment[]): string {
  return typeof words === 'string' ? words : words.map(({ text }) => text).join('')
}

/** Field by field, so that what a verdict comes to hold is kept with consent alone. */
function withoutWords(verdict: Verdict): Verdict {
  const { channel, sawReasoning, model, family, passed, reasons, findings, scores } = verdict
  const { needlessRefusal, missingSections, decision, samples, samplesPassed, opinions } = verdict
  const { usage, timings } = verdict
  return {
    channel,
    sawReasoning,
    model,
    family,
    passed,
    reasons,
    findings: findings.map(({ clause, finding, severity }) => ({
      clause,
      finding,
      severity,
      evidence: null,
      hint: null,
    })),
    scores,
    needlessRefusal,
    missingSections,
    decision,
    ...(samples !== undefined && { samples }),
    ...(samplesPassed !== undefined && { samplesPassed }),
    ...(opinions && { opinions: opinions.map((one) => ({ ...one, because: null })) }),
    usage,
    timings,
  }
}

/** A failure as its class and evidence; the upstream's own words, which may quote the prompt, only where content is kept. */
function recordFailure(failure: Failure, keep: boolean): JsonObject {
  if (!keep) return { reason: failure.reason }
  if (failure.reason === 'model_rejected') return { ...failure, detail: reveal(failure.detail) }
  return isOfJudge(failure) ? { ...recordJudgeFailure(failure, keep) } : { ...failure }
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
