/**
 * Runs a candidate beside the revision that served: what it would have selected, and its judge's word on the draft that the
 * active judge had before it. Behind the answer, always; it changes nothing, and its word reaches no response, log or span.
 * It never rejects; what it could not look at is counted.
 */

import type { Answer, Deliberation, Inquiry, Verdict } from '../conversation/outcome.ts'
import { DatabaseError } from '../database/database.ts'
import type { AnswerJudgement } from '../deliberation/judge/judge-answer.ts'
import { startDeadline } from '../http/deadline.ts'
import type { JsonValue } from '../lib/json.ts'
import type { Span } from '../lib/tracing.ts'
import { rolloutOf } from '../policy/repository.ts'
import type { Bundle } from '../policy/section.ts'
import type { CandidateReview, CandidateReviews } from '../revisions/watching/candidate-reviews.ts'
import type { Agreement, Observations } from '../revisions/watching/observations.ts'
import type { RecordedExchange } from './record.ts'

/** A draft for a candidate to look at. */
export type CandidateJob = {
  readonly exchange: RecordedExchange
  /** The policy whose rollout it is, or that callers are moved from. */
  readonly rollout: string
  /** The version of that policy's state, within which everything is compared. */
  readonly version: number
  readonly candidate: Bundle
  readonly inquiry: Inquiry
  readonly answer: Answer
  /** What the active revision's answer channel said of it. */
  readonly active: Verdict
}

export type RunCandidatePorts = {
  readonly judgeAnswer: (request: {
    readonly inquiry: Inquiry
    readonly bundle: Bundle
    readonly answer: Answer
    readonly signal: AbortSignal
    readonly span: Span
  }) => Promise<AnswerJudgement>
  readonly reviews: CandidateReviews
  readonly observations: Observations
  readonly startSpan: (job: CandidateJob) => Span
  readonly deadlineMs: number
  /** Fires when the process ends and waits for nothing that nobody waits for; null where none does. */
  readonly leaving: AbortSignal | null
  readonly report: (error: unknown, requestId: string) => void
}

export type RunCandidate = (job: CandidateJob) => Promise<void>

/**
 * The first draft of the first choice that the active revision's answer channel gave a verdict on, for the candidate to look
 * at the same text; null where there is none.
 */
export function candidateJobOf(
  exchange: RecordedExchange,
  candidate: Bundle,
  { inquiry, attempts }: Deliberation,
): CandidateJob | null {
  for (const { choice, draft, verdicts } of attempts) {
    const active = verdicts.find(({ channel }) => channel === 'answer')
    if (choice !== 0 || !draft || !active || !exchange.cohort) continue
    const { version } = exchange.cohort
    const rollout = rolloutOf(exchange.cohort, candidate.id)
    return { exchange, rollout, version, candidate, inquiry, answer: draft.answer, active }
  }
  return null
}

/** The characters that a waiting job holds. */
export function weightOf({ inquiry, answer }: CandidateJob): number {
  return charactersIn([inquiry.turns, inquiry.parameters, answer.parts] as unknown as JsonValue)
}

export function createRunCandidate(ports: RunCandidatePorts): RunCandidate {
  const { observations, deadlineMs, leaving, report } = ports
  return async function runCandidate(job) {
    const { exchange, candidate, rollout, version } = job
    const deadline = startDeadline({ ms: deadlineMs, client: leaving ?? undefined })
    const span = ports.startSpan(job)
    try {
      const { inquiry, answer } = job
      const { signal } = deadline
      const judgement = await ports.judgeAnswer({
        inquiry,
        bundle: candidate,
        answer,
        signal,
        span,
      })
      // A candidate that was cut off from outside has not failed to judge.
      if (signal.aborted && !judgement.verdict) return observations.dropped(rollout, version)
      await note(ports, job, judgement)
    } catch (error) {
      observations.dropped(rollout, version)
      report(error, exchange.requestId)
    } finally {
      deadline.end()
      span.end()
    }
  }
}

async function note(
  { observations, reviews }: RunCandidatePorts,
  job: CandidateJob,
  judgement: AnswerJudgement,
): Promise<void> {
  const { exchange, rollout, version, active } = job
  const agreement = agreementOf(active, judgement.verdict)
  observations.reviewed({
    policy: rollout,
    version,
    agreement,
    activePassed: active.passed,
    activeMs: active.timings.totalMs,
    candidateMs: judgement.verdict?.timings.totalMs ?? 0,
  })
  if (exchange.principal.consent === 'none') return
  try {
    await reviews.add(rowOf(job, judgement, agreement))
  } catch (error) {
    // It is counted already, and a database out of reach is told elsewhere.
    if (!(error instanceof DatabaseError)) throw error
  }
}

function agreementOf(active: Verdict, candidate: Verdict | null): Agreement {
  if (!candidate) return 'unjudged'
  if (active.passed === candidate.passed) return 'agree'
  return candidate.passed ? 'only_active_fails' : 'only_candidate_fails'
}

function rowOf(
  { exchange, candidate, rollout, version }: CandidateJob,
  { selected, verdict, failure }: AnswerJudgement,
  agreement: Agreement,
): CandidateReview {
  return {
    transcript: exchange.transcriptId,
    time: exchange.time,
    tenant: exchange.principal.tenant,
    policy: rollout,
    version,
    candidate: candidate.digest,
    agreement,
    sections: selected,
    reasons: verdict?.reasons ?? [],
    failure: failure?.reason ?? null,
  }
}

/** Counts without copying: a string knows its length. */
function charactersIn(value: JsonValue): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 1
  let sum = 0
  for (const item of Object.values(value)) sum += charactersIn(item ?? null)
  return sum
}
