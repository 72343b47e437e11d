/**
 * Finds reasoning that a client puts into a conversation. Pure.
 * The gateway never released any, so what comes in is forged or from elsewhere, and a model would trust it as its own.
 * Tags within text are not looked for here: those are neutralised where the prompt is composed.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import type { RequestFault } from './door.ts'

/** The fields in which providers return reasoning with a message. */
const FIELDS: readonly string[] = [
  'reasoning',
  'reasoning_content',
  'reasoning_details',
  'reasoning_text',
  'reasoning_items',
  'thinking',
  'thinking_blocks',
  'thought',
]

/** The types of content parts that hold reasoning. */
const PART_TYPES: readonly string[] = [
  'thinking',
  'redacted_thinking',
  'reasoning',
  'reasoning_text',
  'summary_text',
]

/** The first forged reasoning of a conversation; `list` is the parameter that holds it. */
export function forgedReasoning(
  messages: readonly JsonObject[],
  list = 'messages',
): RequestFault | null {
  for (const [index, message] of messages.entries()) {
    const at = `${list}[${index}]`
    const field = reasoningField(message)
    if (field !== null) return refuse(`${at}.${field}`)
    if (!Array.isArray(message.content)) continue
    const content: readonly JsonValue[] = message.content
    const part = content.findIndex((item) => isJsonObject(item) && isReasoningPart(item))
    if (part >= 0) return refuse(`${at}.content[${part}]`)
  }
  return null
}

/** The first field of a message that holds reasoning beside its content; null where none does. */
export function reasoningField(message: JsonObject): string | null {
  return FIELDS.find((field) => holdsSomething(message[field])) ?? null
}

export function isReasoningPart({ type }: JsonObject): boolean {
  return PART_TYPES.some((known) => known === type)
}

function refuse(path: string): RequestFault {
  return {
    param: path,
    message: `Leave ${path} out: reasoning is never released, so none can be handed back`,
  }
}

function holdsSomething(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || value === '' || value === false) return false
  return !(Array.isArray(value) && value.length === 0)
}
