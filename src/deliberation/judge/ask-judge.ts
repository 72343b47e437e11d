/**
 * One call of the judge: sends a prompt, classes every way in which no verdict comes back, and reads the one that does.
 * I/O through the model port. Only what its server will not take of a call is asked again without; prose is never a verdict.
 */

import { isOfTheRequest, type JudgeFailure, meaningOfCall } from '../../conversation/failures.ts'
import type { CallOptions, Completion, Model, ModelFailure } from '../../conversation/model.ts'
import { Opaque } from '../../lib/opaque.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { callOnTerms } from '../call-on-terms.ts'
import { callWhole } from '../call-whole.ts'
import type { CapabilityMemory } from '../memory.ts'
import { split } from '../split/split.ts'
import type { Stopwatch } from '../usage.ts'
import { type JudgeForm, type JudgePrompt, verdictBound } from './judge-prompt.ts'
import { readVerdict } from './read-verdict.ts'
import type { Channel, VerdictReply } from './verdict-schema.ts'

export type AskPorts = {
  readonly model: Model
  readonly memory: CapabilityMemory
  readonly stopwatch: Stopwatch
  readonly metrics: Metrics
}

export type Question = {
  /** The judge's id, as its upstream knows it. */
  readonly model: string
  readonly channel: Channel
  readonly clauses: readonly string[]
  /** How many opinions are to be answered. */
  readonly opinions: number
  readonly render: (form: JudgeForm) => JudgePrompt
  readonly delimiter: string
}

export type JudgeReply = {
  readonly reply: VerdictReply
  readonly completion: Pick<Completion, 'model' | 'usage' | 'timings'>
}

/** Why a reply is no verdict, whichever channel asked. */
export type JudgeFault = Omit<JudgeFailure, 'channel'>

export async function askJudge(
  ports: AskPorts,
  question: Question,
  options: CallOptions,
): Promise<Result<JudgeReply, JudgeFault>> {
  const call = await callJudge(ports, question, options)
  if (!call.ok) return call
  const completion = call.value
  if (completion.usage) {
    const { promptTokens, completionTokens } = completion.usage
    const labels = { operation: 'judge', model: completion.model } as const
    ports.metrics.tokens(labels, promptTokens, completionTokens)
  }
  const choice = completion.choices[0]
  if (!choice) return fail({ reason: 'judge_empty' })
  const without = (reason: JudgeFault['reason']) => fail({ reason, words: choice.output })
  if (choice.finishReason === 'content_filter') return without('judge_filtered')
  if (choice.finishReason === 'length') return without('judge_cut')
  if (choice.refusal) return fail({ reason: 'judge_refused', words: new Opaque(choice.refusal) })
  const text = split(choice.output, { kind: 'answer-only' }, false)
  if (!text.ok) return without('judge_unparseable')
  const reply = readVerdict(text.value.answer, question)
  return reply.ok ? succeed({ reply: reply.value, completion }) : without(reply.failure)
}

async function callJudge(
  ports: AskPorts,
  { model, render, delimiter, clauses }: Question,
  options: CallOptions,
): Promise<Result<Completion, JudgeFault>> {
  const { memory, stopwatch } = ports
  const offer = {
    bound: verdictBound(clauses.length),
    placements: ['leading-user'],
    forbidsCalls: false,
    wantsForm: true,
  } as const
  let holdsMedia = false
  const { result } = await callOnTerms({
    memory: ofJudges(memory),
    key: model,
    render: (terms) => {
      const rendered = render({ delimiter, terms })
      holdsMedia = rendered.holdsMedia
      return { prompt: rendered.prompt, ...offer }
    },
    complete: (prompt) => stopwatch.during(() => callWhole(ports.model, prompt, options)),
  })
  return result.ok ? result : fail(faultOf(result.failure, holdsMedia))
}

function ofJudges(memory: CapabilityMemory): CapabilityMemory {
  return {
    recall: (model) => memory.recall(model, 'judge'),
    learn: (model, facts) => memory.learn(model, facts, 'judge'),
  }
}

function faultOf(failure: ModelFailure, holdsMedia: boolean): JudgeFault {
  const { asJudge } = meaningOfCall(failure)
  // A server that takes no image says no more than that it does not take the request.
  const isUnread = holdsMedia && isOfTheRequest(failure) && asJudge === 'judge_rejected'
  return {
    reason: isUnread ? 'judge_unsupported' : asJudge,
    ...('status' in failure && { status: failure.status }),
    ...(failure.reason === 'model_rejected' && { words: failure.detail }),
  }
}
