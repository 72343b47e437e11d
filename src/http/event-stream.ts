/**
 * Server-sent events as text: objects as `data:` lines, comments that keep a connection alive. No I/O.
 * An event is one line of JSON, which escapes every line break, so no value can forge a field or end its event early.
 */
import type { JsonObject } from '../lib/json.ts'

/** One event: the object as JSON, under a name where the contract gives its events names. */
export function encodeEvent({
  name,
  data,
}: {
  readonly name?: string
  readonly data: JsonObject
}): string {
  const event = `data: ${JSON.stringify(data)}\n\n`
  return name === undefined ? event : `event: ${name}\n${event}`
}

/** The event that ends a chat stream. */
export function encodeDone(): string {
  return 'data: [DONE]\n\n'
}

/**
 * A comment, which clients skip: one line, and no empty one after it, which some take for the end of an event and then fail
 * to read the nothing in it (openai-go before 3.50).
 * @throws TypeError for text with a line break: it would begin a field.
 */
export function encodeComment(text: string): string {
  if (/[\r\n]/.test(text)) throw new TypeError('Cannot write a comment with a line break')
  return `: ${text}\n`
}
