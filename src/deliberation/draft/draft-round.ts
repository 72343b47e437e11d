/** What a round of drafts is: the choices of one or two calls, with what they cost. Types only. */

import type { CallTimings, Completion, ModelFailure, Usage } from '../../conversation/model.ts'
import type { Draft, SplitFailure, Strategy } from '../../conversation/outcome.ts'
import type { Result } from '../../lib/result.ts'

export type DraftedChoice = {
  readonly result: Result<Draft, SplitFailure>
  /** False where the upstream declined before it reasoned: then there is no reasoning to look at. */
  readonly reasoned: boolean
  readonly calledTools: boolean
  /** True when the call that wrote the answer wrote reasoning of its own accord, not between our tags. */
  readonly thought: boolean
}

/** What one round of calls gave: as many choices as were asked for. */
export type DraftRound = {
  readonly strategy: Strategy
  readonly choices: readonly DraftedChoice[]
  readonly nonces: readonly string[]
  /** Summed over the calls of the round. */
  readonly usage: Usage | null
  /** Of the call that wrote the answers. */
  readonly answerUsage: Usage | null
  readonly timings: CallTimings
  readonly source: Pick<Completion, 'model' | 'serviceTier' | 'systemFingerprint' | 'headers'>
}

/** A round that a call ended: why, and what the pass before it cost; null where there was none. */
export type FailedRound = {
  readonly failure: ModelFailure
  readonly usage: Usage | null
  readonly timings: CallTimings | null
}
