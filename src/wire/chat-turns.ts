/**
 * Chat messages to neutral turns and back, without loss: what is read is written again, deep-equal. No I/O.
 * A field that is unknown, or known but not in its ordinary form, stays verbatim in `extra`; nothing may be dropped here.
 */

import type { Part, Role, ToolCall, Turn } from '../conversation/turn.ts'
import { isJsonObject, type JsonArray, type JsonObject, type JsonValue } from '../lib/json.ts'
import { inOrderOf, isInOrderOf } from '../lib/member-order.ts'

/** The roles of the chat contract. */
export const ROLES: readonly Role[] = [
  'system',
  'developer',
  'user',
  'assistant',
  'tool',
  'function',
]

const MEDIA = {
  image_url: 'image',
  input_audio: 'audio',
  file: 'file',
  video_url: 'video',
  input_video: 'video',
} as const

/**
 * Reads one chat message into a turn.
 * @throws TypeError for a role that is not in `ROLES`: such a message has not been through `readChatRequest`.
 */
export function turnFromMessage(message: JsonObject): Turn {
  const turn = readTurn(message)
  return isInOrderOf(writeTurn(turn), message) ? turn : { ...turn, wire: message }
}

/** Writes a turn as the chat message it came from, or would have come from. */
export function messageFromTurn(turn: Turn): JsonObject {
  const message = writeTurn(turn)
  return turn.wire ? inOrderOf(message, turn.wire) : message
}

function readTurn(message: JsonObject): Turn {
  const { role, content, refusal, tool_calls, function_call, tool_call_id, name, ...unknown } =
    message
  if (!isRole(role)) {
    throw new TypeError(`Cannot read a message of the role: ${JSON.stringify(role)}`)
  }
  const extra: Record<string, JsonValue> = unknown
  const turn: { -readonly [Field in keyof Turn]: Turn[Field] } = { role }

  const parts = Array.isArray(content) ? readParts(content) : undefined
  if (parts) turn.content = parts
  else if (typeof content === 'string' || content === null) turn.content = content
  else if (content !== undefined) extra.content = content

  if (typeof refusal === 'string' || refusal === null) turn.refusal = refusal
  else if (refusal !== undefined) extra.refusal = refusal

  const calls = Array.isArray(tool_calls) ? readToolCalls(tool_calls) : undefined
  if (tool_calls !== undefined && !calls) extra.tool_calls = tool_calls
  const legacy = readLegacyCall(function_call)
  if (function_call !== undefined && !legacy) extra.function_call = function_call
  if (calls || legacy) turn.toolCalls = [...(calls ?? []), ...(legacy ? [legacy] : [])]

  if (typeof tool_call_id === 'string') turn.toolCallId = tool_call_id
  else if (tool_call_id !== undefined) extra.tool_call_id = tool_call_id
  if (typeof name === 'string') turn.name = name
  else if (name !== undefined) extra.name = name

  if (Object.keys(extra).length > 0) turn.extra = extra
  return turn
}

function writeTurn(turn: Turn): JsonObject {
  const message: Record<string, JsonValue> = { role: turn.role }
  const { content, refusal, toolCalls = [], toolCallId, name, extra } = turn
  if (content !== undefined) {
    message.content = typeof content === 'object' && content ? content.map(writePart) : content
  }
  if (refusal !== undefined) message.refusal = refusal
  const calls = toolCalls.filter((call) => call.kind !== 'legacy')
  if (calls.length > 0) message.tool_calls = calls.map(writeToolCall)
  const legacy = toolCalls.find((call) => call.kind === 'legacy')
  if (legacy) {
    message.function_call = beside({ name: legacy.name, arguments: legacy.arguments }, legacy.extra)
  }
  if (toolCallId !== undefined) message.tool_call_id = toolCallId
  if (name !== undefined) message.name = name
  return beside(message, extra)
}

/** What is judged is what is known of a turn: no unknown field may stand in its place. */
function beside(known: JsonObject, extra: JsonObject | undefined): JsonObject {
  return extra ? { ...known, ...extra, ...known } : known
}

/** Writes a `function` or `custom` tool call in its chat form. */
export function writeToolCall(call: ToolCall): JsonObject {
  const key = call.kind === 'custom' ? 'custom' : 'function'
  const { [key]: inner, ...outer } = call.extra ?? {}
  const text = { [key === 'custom' ? 'input' : 'arguments']: call.arguments }
  const body = beside({ name: call.name, ...text }, isJsonObject(inner) ? inner : undefined)
  return beside({ id: call.id, type: key, [key]: body }, outer)
}

function isRole(value: JsonValue | undefined): value is Role {
  return ROLES.some((role) => role === value)
}

function readParts(content: JsonArray): readonly Part[] | undefined {
  const parts: Part[] = []
  for (const wire of content) {
    if (!isJsonObject(wire)) return undefined
    parts.push(readPart(wire))
  }
  return parts
}

function readPart(wire: JsonObject): Part {
  if (wire.type === 'text' || wire.type === 'refusal') {
    const { type, [type]: text, ...extra } = wire
    if (typeof text !== 'string') return { kind: 'opaque', wire }
    return { kind: wire.type, text, ...(Object.keys(extra).length > 0 && { extra }) }
  }
  if (typeof wire.type === 'string' && Object.hasOwn(MEDIA, wire.type)) {
    return { kind: 'media', media: MEDIA[wire.type as keyof typeof MEDIA], wire }
  }
  return { kind: 'opaque', wire }
}

function writePart(part: Part): JsonObject {
  if (part.kind === 'text') return beside({ type: 'text', text: part.text }, part.extra)
  if (part.kind === 'refusal') return beside({ type: 'refusal', refusal: part.text }, part.extra)
  return part.wire
}

/** An empty list, or one with an odd call, is not read: it stays verbatim in the turn's `extra`. */
function readToolCalls(wire: JsonArray): readonly ToolCall[] | undefined {
  const calls: ToolCall[] = []
  for (const item of wire) {
    const call = isJsonObject(item) ? readToolCall(item) : undefined
    if (!call) return undefined
    calls.push(call)
  }
  return calls.length > 0 ? calls : undefined
}

function readToolCall(wire: JsonObject): ToolCall | undefined {
  const { id, type, ...rest } = wire
  if (typeof id !== 'string' || (type !== 'function' && type !== 'custom')) return undefined
  const { [type]: body, ...outer } = rest
  if (!isJsonObject(body)) return undefined
  const { name, [type === 'custom' ? 'input' : 'arguments']: text, ...inner } = body
  if (typeof name !== 'string' || typeof text !== 'string') return undefined
  const extra = { ...outer, ...(Object.keys(inner).length > 0 && { [type]: inner }) }
  return {
    id,
    kind: type,
    name,
    arguments: text,
    ...(Object.keys(extra).length > 0 && { extra }),
  }
}

function readLegacyCall(wire: JsonValue | undefined): ToolCall | undefined {
  if (!isJsonObject(wire)) return undefined
  const { name, arguments: text, ...extra } = wire
  if (typeof name !== 'string' || typeof text !== 'string') return undefined
  return {
    id: '',
    kind: 'legacy',
    name,
    arguments: text,
    ...(Object.keys(extra).length > 0 && { extra }),
  }
}
