/**
 * What was asked through any door, as it is stored: the inquiry that it made, and the conversation as chat would have it. Pure.
 * For whoever looks at records later; it decides nothing, and gives null for what this program cannot read any more.
 */
import type { Inquiry } from '../conversation/outcome.ts'
import type { JsonArray, JsonObject, JsonValue } from '../lib/json.ts'
import { messageFromTurn } from './chat-turns.ts'
import { DOORS } from './doors.ts'

/** A request on record; one without a door came by chat completions. */
export type StoredRequest = { readonly request: JsonObject | null; readonly door?: string }

export type ChatView = { readonly messages: JsonArray; readonly tools: JsonArray | null }

/** Chat's own messages are the very ones of the request. */
export function chatViewOf(stored: StoredRequest): ChatView | null {
  const { request, door = 'chat' } = stored
  if (door === 'chat') {
    const messages = listOrNull(request?.messages)
    return messages && { messages, tools: listOrNull(request?.tools) }
  }
  const inquiry = storedInquiry(stored)
  if (!inquiry) return null
  const { turns, parameters } = inquiry
  return { messages: turns.map(messageFromTurn), tools: listOrNull(parameters.tools) }
}

/** Nothing that is well-formed is refused: it has been asked already. What stood before the request is on no record of it. */
export function storedInquiry({ request, door = 'chat' }: StoredRequest): Inquiry | null {
  const isKnown = Object.hasOwn(DOORS, door)
  if (!request || !isKnown || goesOn(request)) return null
  const asked = DOORS[door as keyof typeof DOORS].read(request, { mode: 'off' })
  return asked.ok ? asked.value.inquiry : null
}

function goesOn({ previous_response_id: earlier, conversation }: JsonObject): boolean {
  return [earlier, conversation].some((name) => name !== undefined && name !== null)
}

function listOrNull(value: JsonValue | undefined): JsonArray | null {
  return Array.isArray(value) ? value : null
}
