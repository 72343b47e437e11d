/**
 * One call of the documents job: asks, classes what goes wrong, and reads what comes back. I/O through the model port.
 * What cannot be used is asked for once more; then it is left out, with its class.
 */

import type { Completion, Model } from '../../conversation/model.ts'
import { callOnTerms } from '../../deliberation/call-on-terms.ts'
import { createCapabilityMemory } from '../../deliberation/memory.ts'
import { split } from '../../deliberation/split/split.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import { noSpan } from '../../lib/tracing.ts'
import { askedPauseMs, classifyFailure } from '../runner/classify.ts'
import type { Unfinished } from '../runner/run-job.ts'
import { type ComposeMsm, MSM_BOUND, type MsmTopic } from './compose.ts'
import { keyOf, type MsmNode } from './plan.ts'
import { documentFault, isDomainName, readList } from './read-reply.ts'
import type { MsmResult } from './state.ts'

/** A call to be made: where its result belongs, and what it is about. */
export type MsmCall = { readonly node: MsmNode; readonly topic: MsmTopic; readonly count: number }

export type MsmDone = {
  readonly kind: 'done'
  readonly result: MsmResult
  readonly tokens: number
  readonly asked: true
}

export type AskMsm = (call: MsmCall, signal: AbortSignal) => Promise<MsmDone | Unfinished>

const MAX_TRIES = 2

export function createAskMsm(ports: {
  readonly model: Model
  readonly compose: ComposeMsm
}): AskMsm {
  // What an upstream has refused once it will refuse again.
  const memory = createCapabilityMemory()

  const complete = async ({ topic, count }: MsmCall, signal: AbortSignal) => {
    const { result } = await callOnTerms({
      memory,
      key: 'documents',
      render: (terms) => ({
        prompt: ports.compose(topic, { count, terms }),
        bound: MSM_BOUND,
        placements: [],
        forbidsCalls: false,
        wantsForm: topic.step !== 'document',
      }),
      complete: (prompt) => ports.model.complete(prompt, { signal, span: noSpan }),
    })
    return result
  }

  return async function askMsm(call, signal) {
    const key = keyOf(call.node)
    let tokens = 0
    for (let tries = 1; ; tries++) {
      const completed = await complete(call, signal)
      if (!completed.ok) {
        const { failure } = completed
        const cause = classifyFailure(failure)
        const { reason } = failure
        if (cause === 'permanent') return done({ key, tokens, failed: reason })
        return { kind: 'unfinished', cause, reason, tokens, pauseMs: askedPauseMs(failure) }
      }
      const { model, usage } = completed.value
      tokens += usage ? usage.promptTokens + usage.completionTokens : 0
      const read = readCompletion(call, completed.value)
      if (read.ok) return done({ key, model, tokens, ...read.value })
      if (tries < MAX_TRIES) continue
      // Without domains there is nothing to build upon, now or later: another model may find some.
      if (call.node.step === 'domains') {
        return { kind: 'unfinished', cause: 'fatal', reason: read.failure, tokens, pauseMs: null }
      }
      return done({ key, tokens, failed: read.failure })
    }
  }
}

type Read = { readonly items: string[] } | { readonly text: string }

function readCompletion({ topic, count }: MsmCall, { choices }: Completion): Result<Read, string> {
  const [choice] = choices
  if (!choice) return fail('empty')
  if (choice.refusal) return fail('refused')
  if (choice.finishReason === 'length') return fail('cut')
  if (choice.finishReason === 'content_filter') return fail('filtered')
  const said = split(choice.output, { kind: 'answer-only' }, false)
  if (!said.ok) return fail(said.failure.reason)
  const text = said.value.answer.trim()
  if (topic.step === 'document') {
    const fault = documentFault(text)
    return fault ? fail(fault) : succeed({ text })
  }
  const list = readList(text, { count })
  if (!list.ok) return list
  const isNamed = topic.step !== 'domains' || list.value.every(isDomainName)
  return isNamed ? succeed({ items: [...list.value] }) : fail('domain_long')
}

function done(result: MsmResult): MsmDone {
  return { kind: 'done', result, tokens: result.tokens, asked: true }
}
