/**
 * What a policy says of an answer that is there already: which sections it selects, and the verdict of its answer channel.
 * For candidates on live traffic and for backtests. I/O through the ports; it drafts nothing and never sees any reasoning.
 */

import type { Answer, Inquiry, JudgeFailure, Verdict } from '../../conversation/outcome.ts'
import { createReasoning } from '../../conversation/reasoning.ts'
import type { Clock } from '../../lib/clock.ts'
import { type Span, within } from '../../lib/tracing.ts'
import type { Bundle, Protocol } from '../../policy/section.ts'
import type { Selector } from '../../policy/select/selection.ts'
import { answerText } from '../answer-text.ts'
import { fullSections, selectSections, unite } from '../select-sections.ts'
import { createStopwatch } from '../stopwatch.ts'
import { type JudgePorts, review } from './judge.ts'

export type ReviewAnswerPorts = Omit<JudgePorts, 'stopwatch' | 'timeout'> & {
  readonly selector: Selector
  readonly clock: Clock
  /** A signal that fires after so many milliseconds; the platform's own when left out. */
  readonly timeout?: JudgePorts['timeout']
}

export type ReviewAnswerRequest = {
  readonly inquiry: Inquiry
  readonly bundle: Bundle
  readonly protocol: Protocol
  readonly answer: Answer
  readonly signal: AbortSignal
  readonly span: Span
}

export type AnswerReview = {
  /** The ids of the sections in full over the conversation, in the bundle's order. */
  readonly selected: readonly string[]
  /** Null where the review failed. */
  readonly verdict: Verdict | null
  readonly failure: JudgeFailure | null
}

/** Nothing stands in for the reasoning: the one channel that would read it is not asked. */
const UNSEEN = createReasoning('')

/** Selects over the conversation and over conversation and answer, and asks the answer channel alone. */
export async function reviewAnswer(
  ports: ReviewAnswerPorts,
  request: ReviewAnswerRequest,
): Promise<AnswerReview> {
  const { selector, clock, timeout = (ms: number) => AbortSignal.timeout(ms) } = ports
  const { inquiry, bundle, answer, signal, span } = request
  const select = async (draft: string | null) => {
    const selection = await within(span, 'select', () =>
      selectSections(selector, { turns: inquiry.turns, draft, bundle, signal }),
    )
    return fullSections(selection).map(({ id }) => id)
  }
  const selected = await select(null)
  const sections = unite(bundle, selected, await select(answerText(answer)))
  const { verdicts, failures } = await review(
    { ...ports, timeout, stopwatch: createStopwatch(clock) },
    { ...request, draft: { answer, reasoning: UNSEEN }, reasoned: false, sections },
  )
  return { selected, verdict: verdicts[0] ?? null, failure: failures[0] ?? null }
}
