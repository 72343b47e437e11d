/**
 * What the stand-in answers for one choice, before it is a JSON object or a stream, and the limits put upon it.
 * No I/O. `stop` cuts before the sequence and `max_tokens` counts reasoning too, as with real models.
 */
import type { CompletionRequest } from './chat-request.ts'
import { pieces } from './tokens.ts'

export type ReplyCall = {
  readonly id: string
  readonly kind: 'function' | 'custom' | 'legacy'
  readonly name: string
  readonly arguments: string
}

export type StandInReply = {
  readonly reasoning: string | null
  readonly content: string | null
  readonly refusal: string | null
  readonly calls: readonly ReplyCall[]
  readonly finishReason: 'stop' | 'length' | 'tool_calls' | 'function_call'
}

export const EMPTY_REPLY: StandInReply = {
  reasoning: null,
  content: null,
  refusal: null,
  calls: [],
  finishReason: 'stop',
}

export function textReply(content: string): StandInReply {
  return { ...EMPTY_REPLY, content }
}

/** Applies the request's `stop` and token limit. */
export function limitReply(reply: StandInReply, request: CompletionRequest): StandInReply {
  const limit = request.max_completion_tokens ?? request.max_tokens
  const stopped = stopReply(reply, [request.stop ?? []].flat())
  return limit ? shorten(stopped, limit) : stopped
}

/** Ends a reply as a model does that runs out of tokens: late enough that tagged reasoning is closed before. */
export function curtailReply(reply: StandInReply): StandInReply {
  return shorten(reply, Math.ceil(tokenCount(reply) * 0.85))
}

/** The pieces of a reply's text: its reasoning, content and refusal. */
function tokenCount(reply: StandInReply): number {
  return pieces(`${reply.reasoning ?? ''}${reply.content ?? ''}${reply.refusal ?? ''}`).length
}

function stopReply(reply: StandInReply, sequences: readonly string[]): StandInReply {
  const content = reply.content ?? ''
  const cuts = sequences
    .filter((sequence) => sequence !== '')
    .map((sequence) => content.indexOf(sequence))
    .filter((index) => index >= 0)
  if (cuts.length === 0) return reply
  return { ...reply, content: content.slice(0, Math.min(...cuts)), calls: [], finishReason: 'stop' }
}

function shorten(reply: StandInReply, limit: number): StandInReply {
  const reasoning = pieces(reply.reasoning ?? '')
  const content = pieces(reply.content ?? '')
  if (reasoning.length + content.length <= limit) return reply
  return {
    ...reply,
    reasoning: reply.reasoning === null ? null : reasoning.slice(0, limit).join(''),
    content: content.slice(0, Math.max(0, limit - reasoning.length)).join(''),
    calls: [],
    finishReason: 'length',
  }
}
