/**
 * What a failure means for a job: whether its unit is done with, worth another try, or the whole job had better stop. Pure.
 */
import { type BatchConsequence, type Failure, meaningOf } from '../../conversation/failures.ts'

export function classifyFailure(failure: Failure): BatchConsequence {
  return meaningOf(failure).batch
}

/** What the upstream asked for, in milliseconds; null where it did not. */
export function askedPauseMs(failure: Failure): number | null {
  if (failure.reason !== 'model_rejected') return null
  const seconds = Number.parseFloat(failure.headers['retry-after'] ?? '')
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null
}
