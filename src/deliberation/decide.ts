/**
 * Decides what becomes of one attempt: release it, draft again, substitute, answer with nothing, or fail. Pure.
 * A draft that fails a check or a gating channel is never released; a judge that could not judge follows the policy's word.
 */

import {
  type Failure,
  type JudgeFailure,
  meaningOf,
  type SplitFailure,
} from '../conversation/failures.ts'
import type { Check, Strategy, Verdict } from '../conversation/outcome.ts'
import type { Bundle } from '../policy/section.ts'
import type { Judgement } from './judge/judge.ts'

export type Step =
  /** `reason` is set when it is released for want of a verdict. */
  | { readonly kind: 'release'; readonly reason: string | null }
  | { readonly kind: 'redraft'; readonly cause: RedraftCause; readonly reason: string }
  | { readonly kind: 'substitute'; readonly reason: string }
  /** The limit was reached before there was an answer: nothing is released, and the client is told why. */
  | { readonly kind: 'empty'; readonly reason: string }
  | { readonly kind: 'fail'; readonly failure: Failure }

export type RedraftCause =
  /** The strategy did not work with this model: the next one, at no cost to the budget. */
  | { readonly kind: 'fall'; readonly to: Strategy }
  /** Sections that bear on the matter were not given in full: once, at no cost to the budget. */
  | { readonly kind: 'missing'; readonly sections: readonly string[] }
  | { readonly kind: 'failed' }

/** What an attempt has come to. */
export type Evidence = {
  /** Why the call gave no draft; null when it gave one. */
  readonly failure: SplitFailure | null
  readonly checks: readonly Check[]
  /** Null when the draft was not worth one. */
  readonly judgement: Judgement | null
}

export type Budget = {
  readonly redraftsLeft: number
  /** Where the strategy can fall to; null when it cannot. */
  readonly fallTo: Strategy | null
  /** The sections named as missing that may still be added. */
  readonly missing: readonly string[]
}

export function decide(evidence: Evidence, budget: Budget, bundle: Bundle): Step {
  const { failure, checks, judgement } = evidence
  if (failure) return decideFailure(failure, budget, bundle)
  const failedCheck = checks.find((check) => !check.passed)
  if (failedCheck) return again(`${failedCheck.name}:${failedCheck.reason ?? 'failed'}`, budget)
  if (!judgement) return { kind: 'substitute', reason: 'not_reviewed' }
  const gating = (channel: Verdict['channel']) =>
    channel === 'answer' || bundle.judge.reasoning === 'gate'
  if (budget.missing.length > 0) {
    const cause = { kind: 'missing', sections: budget.missing } as const
    return { kind: 'redraft', cause, reason: 'missing_section' }
  }
  const failed = judgement.verdicts.find((verdict) => !verdict.passed && gating(verdict.channel))
  if (failed) return again(failed.reasons[0] ?? 'failed', budget)
  const unjudged = judgement.failures.find(({ channel }) => gating(channel))
  if (unjudged) return decideFailure(unjudged, budget, bundle)
  const passed = judgement.verdicts.some(
    (verdict) => verdict.channel === 'answer' && verdict.passed,
  )
  return passed ? { kind: 'release', reason: null } : { kind: 'substitute', reason: 'not_reviewed' }
}

/** What gave no draft, or no verdict: drafted again, or what the policy says of a judge that cannot judge. */
function decideFailure(failure: SplitFailure | JudgeFailure, budget: Budget, bundle: Bundle): Step {
  const { reason } = failure
  const { heart } = meaningOf(failure)
  const mayFall = heart === 'redraft' || heart === 'empty'
  if (mayFall && budget.fallTo) {
    return { kind: 'redraft', cause: { kind: 'fall', to: budget.fallTo }, reason }
  }
  // Under the same budget it would be cut again.
  if (heart === 'empty') return { kind: 'empty', reason }
  if (heart === 'redraft' && budget.redraftsLeft > 0) return again(reason, budget)
  const { onFailure } = bundle.judge
  // A model that will not mark its reasoning is a failing model: when attempts are spent, nothing stands in for it.
  if (heart !== 'policy' || onFailure === 'block') return { kind: 'fail', failure }
  return { kind: onFailure, reason }
}

function again(reason: string, budget: Budget): Step {
  return budget.redraftsLeft > 0
    ? { kind: 'redraft', cause: { kind: 'failed' }, reason }
    : { kind: 'substitute', reason }
}
