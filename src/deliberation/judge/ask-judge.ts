/**
 * One call of the judge: sends a prompt, classes every way in which no verdict comes back, and reads the one that does.
 * I/O through the model port. Nothing but a missing strict schema is tried again, and prose is never a verdict.
 */

import { isOfTheRequest, type JudgeFailure, meaningOfCall } from '../../conversation/failures.ts'
import type { CallOptions, Completion, Model, ModelFailure } from '../../conversation/model.ts'
import { Opaque } from '../../lib/opaque.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { callWhole } from '../call-whole.ts'
import type { CapabilityMemory } from '../memory.ts'
import { split } from '../split/split.ts'
import type { Stopwatch } from '../usage.ts'
import type { JudgeForm, JudgePrompt } from './judge-prompt.ts'
import { readVerdict } from './read-verdict.ts'
import type { Channel, VerdictReply } from './verdict-schema.ts'

export type AskPorts = {
  readonly model: Model
  readonly memory: CapabilityMemory
  readonly stopwatch: Stopwatch
  readonly metrics: Metrics
}

export type Question = {
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
  { model, memory, stopwatch }: AskPorts,
  { render, delimiter }: Question,
  options: CallOptions,
): Promise<Result<Completion, JudgeFault>> {
  const first = render({ delimiter, strictSchema: true })
  const key = judgeKey(first.prompt.model)
  const known = memory.recall(key).strictSchema
  const complete = ({ prompt }: JudgePrompt) =>
    stopwatch.during(() => callWhole(model, prompt, options))
  const plain = () => render({ delimiter, strictSchema: false })
  const result = await complete(known === false ? plain() : first)
  if (result.ok) {
    if (known === undefined) memory.learn(key, { strictSchema: true })
    return result
  }
  if (known === undefined && isOfTheRequest(result.failure)) {
    const again = await complete(plain())
    if (again.ok) {
      memory.learn(key, { strictSchema: false })
      return again
    }
    return fail(faultOf(again.failure, first.holdsMedia))
  }
  return fail(faultOf(result.failure, first.holdsMedia))
}

/** Apart from the upstream's models: two servers may serve the same id with different abilities. */
function judgeKey(model: string): string {
  return `judge ${model}`
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
