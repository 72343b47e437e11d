/**
 * A refusal of a draft as the client may be told of it: never about a field or a value that it did not send, and with what
 * was too long. Pure.
 */
import type { Concern, ModelFailure, Prompt } from '../../conversation/model.ts'
import type { Inquiry } from '../../conversation/outcome.ts'
import { causeOf } from '../../conversation/rejections.ts'
import { promptTokens } from '../terms.ts'

export function toldRefusal(failure: ModelFailure, inquiry: Inquiry, prompt: Prompt): ModelFailure {
  if (failure.reason !== 'model_rejected') return failure
  const { param, concern = null, tokens, status } = failure
  if (causeOf(failure.code) === 'context_length_exceeded') {
    const spent = spentOn(inquiry, prompt, tokens?.prompt ?? null)
    return { ...failure, param: null, spent }
  }
  // A server that will not take what the gateway adds, in any form, is no fault of the request.
  if (isOurs(concern, inquiry)) return { reason: 'model_error_status', status }
  const [head = ''] = /^\w*/.exec(param ?? '') ?? []
  return isSent(inquiry, head) ? failure : { ...failure, param: null }
}

/** Tokens of the conversation, and of what the policy puts around it: estimated, or shares of what the server counted. */
function spentOn(inquiry: Inquiry, prompt: Prompt, counted: number | null) {
  const estimate = promptTokens(prompt)
  const total = counted ?? estimate
  const share = promptTokens(inquiry) / Math.max(1, estimate)
  const conversation = Math.min(total, Math.round(total * share))
  return { conversation, policy: total - conversation }
}

/** The names under which a client sends what may be the gateway's as well. */
const NAMES: Readonly<Partial<Record<Concern, readonly string[]>>> = {
  usage: ['stream_options'],
  stream: ['stream'],
  limit: [],
  format: ['response_format'],
  tool_choice: ['tool_choice', 'function_call', 'tools', 'functions'],
}

function isOurs(concern: Concern | null, inquiry: Inquiry): boolean {
  const names = concern === null ? undefined : NAMES[concern]
  if (!names || (concern === 'limit' && inquiry.limit !== null)) return false
  return !names.some((name) => isSent(inquiry, name))
}

function isSent({ parameters, limit, choices, stream }: Inquiry, name: string): boolean {
  if (name === limit?.parameter || name === 'model' || name === 'messages') return true
  if (name === 'n') return choices > 1
  if (name === 'stream') return stream
  return Object.hasOwn(parameters, name)
}
