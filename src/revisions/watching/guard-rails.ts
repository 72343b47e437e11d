/**
 * Whether a rollout does so much worse than what it is to replace that it must be halted. Pure.
 * A candidate that serves callers is compared by what they got, one that runs beside by its reviews. Nothing is compared
 * before there is enough of it on both sides. The thresholds are the active revision's: a candidate cannot loosen its own.
 */
import type { GuardSettings } from '../../policy/section.ts'
import type { RolloutTally } from './instance-report.ts'

export type GuardReason =
  | 'refusal_rate'
  | 'judge_failure_rate'
  /** Requests that end without an answer, whatever the reason; the threshold is that of judge failures. */
  | 'failure_rate'
  | 'latency_ratio'
  | 'disagreement'

/** A threshold that was crossed, with both sides' figures; for a disagreement, the share and what is allowed. */
export type Breach = {
  readonly reason: GuardReason
  readonly candidate: number
  readonly active: number
}

export type GuardVerdict =
  | { readonly verdict: 'too_few' | 'watching'; readonly breaches: readonly [] }
  | { readonly verdict: 'breached'; readonly breaches: readonly Breach[] }

/** One comparison: null while there is too little of either side. */
type Comparison = (Breach & { readonly crossed: boolean }) | null

export function guardRollout(tally: RolloutTally, guard: GuardSettings): GuardVerdict {
  const comparisons = [...compareServed(tally, guard), ...compareReviews(tally, guard)]
  const made = comparisons.filter((comparison) => comparison !== null)
  const breaches = made
    .filter(({ crossed }) => crossed)
    .map(({ reason, candidate, active }) => ({ reason, candidate, active }))
  if (breaches.length > 0) return { verdict: 'breached', breaches }
  return { verdict: made.length > 0 ? 'watching' : 'too_few', breaches: [] }
}

/** As it stands in the state and in the audit log: `refusal_rate: 0.31 against 0.08`. */
export function renderBreach({ reason, candidate, active }: Breach): string {
  return `${reason}: ${candidate.toFixed(2)} against ${active.toFixed(2)}`
}

function compareServed({ active, candidate }: RolloutTally, guard: GuardSettings): Comparison[] {
  const sides = [active.requests, candidate.requests]
  if (!isEnough(sides, guard)) return [null]
  const compare = (
    reason: GuardReason,
    field: 'refused' | 'judgeFailures' | 'failed',
    by: number,
  ) =>
    exceeding(
      {
        reason,
        candidate: candidate[field] / candidate.requests,
        active: active[field] / active.requests,
      },
      by,
    )
  return [
    compare('refusal_rate', 'refused', guard.refusalRate),
    compare('judge_failure_rate', 'judgeFailures', guard.judgeFailureRate),
    compare('failure_rate', 'failed', guard.judgeFailureRate),
    slower(candidate.totalMs / candidate.requests, active.totalMs / active.requests, guard),
  ]
}

/** The candidate looks only at drafts that the active judge could judge, so that one's failures are counted over its requests. */
function compareReviews({ active, reviews }: RolloutTally, guard: GuardSettings): Comparison[] {
  const { reviewed, compared } = reviews
  const failures = isEnough([reviewed, active.requests], guard)
    ? exceeding(
        {
          reason: 'judge_failure_rate',
          candidate: reviews.judgeFailures / reviewed,
          active: active.judgeFailures / active.requests,
        },
        guard.judgeFailureRate,
      )
    : null
  if (!isEnough([compared], guard)) return [failures]
  const share = reviews.disagreements / compared
  const { disagreement } = guard
  return [
    failures,
    slower(reviews.candidateMs / compared, reviews.activeMs / compared, guard),
    {
      reason: 'disagreement',
      candidate: share,
      active: disagreement,
      crossed: share > disagreement,
    },
  ]
}

function isEnough(counts: readonly number[], { minRequests }: GuardSettings): boolean {
  return counts.every((count) => count >= Math.max(1, minRequests))
}

function exceeding(breach: Breach, by: number): Comparison {
  return { ...breach, crossed: breach.candidate - breach.active > by }
}

function slower(candidateMs: number, activeMs: number, { latencyRatio }: GuardSettings) {
  const crossed = activeMs > 0 && candidateMs / activeMs > latencyRatio
  return { reason: 'latency_ratio', candidate: candidateMs, active: activeMs, crossed } as const
}
