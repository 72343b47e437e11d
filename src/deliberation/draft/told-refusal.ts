/**
 * A refusal of a draft as the client may be told of it: never about a field or a value that it did not send, and with what
 * was too long. Pure.
 */
import type { Concern, ModelFailure, Prompt } from '../../conversation/model.ts'
import type { Inquiry } from '../../conversation/outcome.ts'
import { causeOf } from '../../conversation/rejections.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { LIMIT_NAMES, promptTokens } from '../terms.ts'

export function toldRefusal(failure: ModelFailure, inquiry: Inquiry, prompt: Prompt): ModelFailure {
  if (failure.reason !== 'model_rejected') return failure
  const { param, concern = null, tokens } = failure
  const cause = causeOf(failure.code)
  if (cause === 'context_length_exceeded') {
    const spent = spentOn(inquiry, prompt, tokens?.prompt ?? null)
    return { ...failure, param: null, spent }
  }
  const isLater = inquiry.turns.some(({ role }) => role === 'assistant')
  if (concern === 'state' && isLater) return { ...failure, code: 'state_lost', param: null }
  if (isOurs(concern, inquiry)) return { ...failure, code: cause && failure.code, param: null }
  return { ...failure, param: param === null ? null : sentPath(inquiry, param) }
}

/** As much of a path as leads to something that the client sent: the rest is a word of the server's. */
function sentPath(inquiry: Inquiry, path: string): string | null {
  const [head = '', ...rest] = path.split(/[.[\]]+/).filter((step) => step !== '')
  if (!isSent(inquiry, head)) return null
  let value: JsonValue | undefined = inquiry.parameters[head]
  let sent = head
  for (const step of rest) {
    const within: JsonValue | undefined = memberOf(value, step)
    if (within === undefined) break
    sent += Array.isArray(value) ? `[${step}]` : `.${step}`
    value = within
  }
  return sent
}

function memberOf(value: JsonValue | undefined, step: string): JsonValue | undefined {
  if (Array.isArray(value)) return /^\d{1,4}$/.test(step) ? value[Number(step)] : undefined
  return isJsonObject(value) && Object.hasOwn(value, step) ? value[step] : undefined
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
  if (limit?.parameter === null && LIMIT_NAMES.some((limitName) => limitName === name)) return true
  if (name === 'n') return choices > 1
  if (name === 'stream') return stream
  return Object.hasOwn(parameters, name)
}
