/**
 * What a failure means for a job: whether its unit is done with, worth another try, or the whole job had better stop. Pure.
 */
import type { Failure } from '../../conversation/outcome.ts'

export type FailureClass =
  /** It would end in the same way again: the unit is recorded as failed. */
  | 'permanent'
  /** Another try may end otherwise. */
  | 'transient'
  /** No unit will fare better until somebody mends something: a key, an account, a model's name. */
  | 'fatal'
  /** The job itself was told to stop. */
  | 'stopped'

const TRANSIENT_STATUSES: readonly number[] = [408, 409, 425, 429]

export function classifyFailure(failure: Failure): FailureClass {
  switch (failure.reason) {
    case 'aborted':
      return failure.by === 'client' ? 'stopped' : 'transient'
    case 'model_unauthorized':
      return 'fatal'
    case 'model_rejected':
      if (failure.code === 'insufficient_quota' || failure.code === 'model_not_found') {
        return 'fatal'
      }
      if (failure.status === 404) return 'fatal'
      return TRANSIENT_STATUSES.includes(failure.status) ? 'transient' : 'permanent'
    case 'model_unreachable':
    case 'model_error_status':
    case 'model_error_in_body':
    case 'model_cut':
    case 'model_empty':
    case 'model_unreadable':
    case 'model_timeout':
    case 'judge_timeout':
    case 'judge_unreachable':
      return 'transient'
    case 'judge_rejected':
      // Its cause is not told: a limit, a key or a model's name.
      return 'transient'
    case 'model_too_large':
    case 'judge_refused':
    case 'judge_empty':
    case 'judge_unparseable':
    case 'judge_ambiguous':
    case 'judge_miscounted':
    case 'judge_filtered':
    case 'judge_cut':
    case 'judge_unsupported':
    case 'no_boundary':
    case 'no_reasoning':
    case 'odd_boundary':
    case 'no_answer':
    case 'unsupported':
      return 'permanent'
  }
}

/** What the upstream asked for, in milliseconds; null where it did not. */
export function askedPauseMs(failure: Failure): number | null {
  if (failure.reason !== 'model_rejected') return null
  const seconds = Number.parseFloat(failure.headers['retry-after'] ?? '')
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null
}
