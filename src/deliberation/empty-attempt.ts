/** An attempt of which nothing has come yet: what every attempt, failed or not, is built from. Pure. */
import type { Attempt } from '../conversation/outcome.ts'

export function emptyAttempt(which: Pick<Attempt, 'choice' | 'number' | 'strategy'>): Attempt {
  return {
    ...which,
    draft: null,
    failure: null,
    checks: [],
    verdicts: [],
    judgeFailures: [],
    usage: null,
    timings: null,
  }
}
