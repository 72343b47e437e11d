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
import { fullSections, select, unite } from '../select.ts'
import { createStopwatch } from '../usage.ts'
import { type JudgePorts, judge } from './judge.ts'

export type JudgeAnswerPorts = Omit<JudgePorts, 'stopwatch' | 'timeout'> & {
  readonly selector: Selector
  readonly clock: Clock
  /** A signal that fires after so many milliseconds; the platform's own when left out. */
  readonly timeout?: JudgePorts['timeout']
}

export type JudgeAnswerRequest = {
  readonly inquiry: Inquiry
  readonly bundle: Bundle
  readonly protocol: Protocol
  readonly answer: Answer
  readonly signal: AbortSignal
  readonly span: Span
}

export type AnswerJudgement = {
  /** The ids of the sections in full over the conversation, in the bundle's order. */
  readonly selected: readonly string[]
  /** Null where the judge failed. */
  readonly verdict: Verdict | null
  readonly failure: JudgeFailure | null
}

/** Nothing stands in for the reasoning: the one channel that would read it is not asked. */
const UNSEEN = createReasoning('')

/** Selects over the conversation and over conversation and answer, and asks the answer channel alone. */
export async function judgeAnswer(
  ports: JudgeAnswerPorts,
  request: JudgeAnswerRequest,
): Promise<AnswerJudgement> {
  const { selector, clock, timeout = (ms: number) => AbortSignal.timeout(ms) } = ports
  const { inquiry, bundle, answer, signal, span } = request
  const selectOver = async (draft: string | null) => {
    const selection = await within(span, 'select', () =>
      select(selector, { turns: inquiry.turns, draft, bundle, signal }),
    )
    return fullSections(selection).map(({ id }) => id)
  }
  const selected = await selectOver(null)
  const sections = unite(bundle, selected, await selectOver(answerText(answer)))
  const { verdicts, failures } = await judge(
    { ...ports, timeout, stopwatch: createStopwatch(clock) },
    { ...request, draft: { answer, reasoning: UNSEEN }, reasoned: false, sections },
  )
  return { selected, verdict: verdicts[0] ?? null, failure: failures[0] ?? null }
}
