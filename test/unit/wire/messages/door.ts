/** Requests of the Messages contract, read as the gateway reads them. */
import type { Inquiry } from '../../../../src/conversation/outcome.ts'
import type { JsonObject, JsonValue } from '../../../../src/lib/json.ts'
import type { Asked, AskOptions, RequestRefusal } from '../../../../src/wire/door.ts'
import { DOORS } from '../../../../src/wire/doors.ts'

export const MESSAGES: JsonObject = {
  model: 'm',
  max_tokens: 100,
  messages: [{ role: 'user', content: 'Hi' }],
}

export function ask(changes: JsonObject = {}, options: Partial<AskOptions> = {}): Asked {
  const read = DOORS.messages.read({ ...MESSAGES, ...changes }, { mode: 'enforce', ...options })
  if (!read.ok) throw new Error(read.failure.message)
  return read.value
}

export function inquiryOf(changes: JsonObject, options: Partial<AskOptions> = {}): Inquiry {
  return ask(changes, options).inquiry
}

/** The turns of a conversation of these messages. */
export function turnsOf(...messages: readonly JsonValue[]): Inquiry['turns'] {
  return inquiryOf({ messages }).turns
}

/** What a body is refused with; null where it is read. */
export function refusalOf(
  body: JsonValue,
  options: Partial<AskOptions> = {},
): RequestRefusal | null {
  const read = DOORS.messages.read(body, { mode: 'enforce', ...options })
  return read.ok ? null : read.failure
}
