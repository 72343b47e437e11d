/**
 * The conversation in neutral form: what every wire format is read into and what every model is asked with.
 * Lossless by design: a turn read from a wire message can be written back to the same message.
 * Plain data; it must never gain a field that only one wire format understands (those go to `extra` or `wire`).
 */
import type { JsonObject } from '../lib/json.ts'
import type { Carried, SealedByGateway } from './carried.ts'

export type Role = 'system' | 'developer' | 'user' | 'assistant' | 'tool' | 'function'

/** A piece of a turn's content. `wire` is the client's own content part, verbatim. */
export type Part =
  | { readonly kind: 'text'; readonly text: string; readonly extra?: JsonObject }
  | { readonly kind: 'refusal'; readonly text: string; readonly extra?: JsonObject }
  | {
      readonly kind: 'media'
      readonly media: 'image' | 'audio' | 'file' | 'video'
      readonly wire: JsonObject
    }
  | { readonly kind: 'opaque'; readonly wire: JsonObject }

export type ToolCall = {
  readonly id: string
  /** `legacy` is the `function_call` field of older chat messages, which has no id. */
  readonly kind: 'function' | 'custom' | 'legacy'
  readonly name: string
  /** The arguments as the model wrote them: usually JSON text, for custom tools free text. */
  readonly arguments: string
  readonly extra?: JsonObject
}

export type Turn = {
  readonly role: Role
  /** A string or parts as the client sent them; null and absent are told apart, because some models do. */
  readonly content?: string | null | readonly Part[]
  readonly refusal?: string | null
  readonly toolCalls?: readonly ToolCall[]
  readonly toolCallId?: string
  readonly name?: string
  /** Unknown fields of the message, forwarded as they are. */
  readonly extra?: JsonObject
  /** What the provider wants back with it. */
  readonly carried?: Carried
  /** What the client carries of it, still closed. */
  readonly sealed?: readonly SealedByGateway[]
  /** The message as the client sent it, where it has its members in an order of its own: for that order, never for its words. */
  readonly wire?: JsonObject
}

/** The text of a turn as a reader would see it: text and refusal parts, tool calls left out. */
export function turnText(turn: Turn): string {
  if (typeof turn.content === 'string') return turn.content
  if (!turn.content) return turn.refusal ?? ''
  return turn.content
    .map((part) => (part.kind === 'text' || part.kind === 'refusal' ? part.text : ''))
    .filter((text) => text !== '')
    .join('\n')
}
