/**
 * Replies as chat completions: the one JSON object, or the chunk objects of a stream, in OpenAI's order.
 * No I/O. Both forms carry the same text, calls, finish reasons and usage.
 */
import type { JsonObject } from '../lib/json.ts'
import type { CompletionRequest } from './chat-request.ts'
import { textOfMessage } from './chat-request.ts'
import type { ReplyCall, StandInReply } from './reply.ts'
import { countTokens, logprobEntries, pieces, usageObject } from './tokens.ts'

export type ReplyFrame = {
  readonly id: string
  /** Seconds since the epoch. */
  readonly created: number
  readonly request: CompletionRequest
  readonly replies: readonly StandInReply[]
}

const FINGERPRINT = 'fp_stand_in'

export function completionObject(frame: ReplyFrame): JsonObject {
  const { id, created, request, replies } = frame
  return {
    id,
    object: 'chat.completion',
    created,
    model: request.model,
    choices: replies.map((reply, index) => ({
      index,
      message: messageObject(reply),
      logprobs: logprobsObject(request, reply.content),
      finish_reason: reply.finishReason,
    })),
    usage: replyUsage(frame),
    service_tier: 'default',
    system_fingerprint: FINGERPRINT,
  }
}

/** The chunks of a stream, without the closing `[DONE]`. */
export function* completionChunks(frame: ReplyFrame): Generator<JsonObject> {
  const withUsage = frame.request.stream_options?.include_usage === true
  const chunk = (choices: readonly JsonObject[], usage: JsonObject | null = null): JsonObject => ({
    id: frame.id,
    object: 'chat.completion.chunk',
    created: frame.created,
    model: frame.request.model,
    service_tier: 'default',
    system_fingerprint: FINGERPRINT,
    choices,
    ...(withUsage ? { usage } : {}),
  })
  for (const [index, reply] of frame.replies.entries()) {
    for (const { delta, logprobs = null } of deltas(reply, frame.request)) {
      yield chunk([{ index, delta, logprobs, finish_reason: null }])
    }
    yield chunk([{ index, delta: {}, logprobs: null, finish_reason: reply.finishReason }])
  }
  if (withUsage) yield chunk([], replyUsage(frame))
}

type Delta = { readonly delta: JsonObject; readonly logprobs?: JsonObject | null }

function* deltas(reply: StandInReply, request: CompletionRequest): Generator<Delta> {
  yield { delta: { role: 'assistant', content: reply.content === null ? null : '' } }
  for (const piece of pieces(reply.reasoning ?? '')) yield { delta: { reasoning_content: piece } }
  for (const piece of pieces(reply.content ?? '')) {
    yield { delta: { content: piece }, logprobs: logprobsObject(request, piece) }
  }
  for (const piece of pieces(reply.refusal ?? '')) yield { delta: { refusal: piece } }
  for (const [index, call] of reply.calls.entries()) yield* callDeltas(call, index)
}

function* callDeltas(call: ReplyCall, index: number): Generator<Delta> {
  if (call.kind === 'legacy') {
    yield { delta: { function_call: { name: call.name, arguments: '' } } }
    for (const piece of pieces(call.arguments)) {
      yield { delta: { function_call: { arguments: piece } } }
    }
    return
  }
  const field = call.kind === 'custom' ? 'input' : 'arguments'
  const opening = {
    index,
    id: call.id,
    type: call.kind,
    [call.kind]: { name: call.name, [field]: '' },
  }
  yield { delta: { tool_calls: [opening] } }
  for (const piece of pieces(call.arguments)) {
    yield { delta: { tool_calls: [{ index, [call.kind]: { [field]: piece } }] } }
  }
}

function messageObject(reply: StandInReply): JsonObject {
  const calls = reply.calls.filter((call) => call.kind !== 'legacy')
  const legacy = reply.calls.find((call) => call.kind === 'legacy')
  return {
    role: 'assistant',
    content: reply.content,
    refusal: reply.refusal,
    annotations: [],
    ...(reply.reasoning === null ? {} : { reasoning_content: reply.reasoning }),
    ...(calls.length > 0 ? { tool_calls: calls.map(callObject) } : {}),
    ...(legacy ? { function_call: { name: legacy.name, arguments: legacy.arguments } } : {}),
  }
}

function callObject(call: ReplyCall): JsonObject {
  const { id, name } = call
  return call.kind === 'custom'
    ? { id, type: 'custom', custom: { name, input: call.arguments } }
    : { id, type: 'function', function: { name, arguments: call.arguments } }
}

function logprobsObject(request: CompletionRequest, content: string | null): JsonObject | null {
  if (request.logprobs !== true || content === null) return null
  return { content: logprobEntries(content, request.top_logprobs ?? 0), refusal: null }
}

/** Estimates, but never more than the limit the client set for each choice. */
function replyUsage({ request, replies }: ReplyFrame): JsonObject {
  const limit = request.max_completion_tokens ?? request.max_tokens ?? Number.MAX_SAFE_INTEGER
  const prompt = request.messages.map(textOfMessage).join('\n')
  let completion = 0
  let reasoning = 0
  for (const reply of replies) {
    const hidden = Math.min(countTokens(reply.reasoning ?? ''), limit)
    const calls = reply.calls.map((call) => `${call.name} ${call.arguments}`)
    const visible = countTokens([reply.content ?? reply.refusal ?? '', ...calls].join(' '))
    reasoning += hidden
    completion += Math.min(hidden + visible, limit)
  }
  return usageObject({ prompt: countTokens(prompt), completion, reasoning })
}
