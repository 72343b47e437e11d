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
    for (const field of FIELDS) {
      if (holdsSomething(message[field])) return refuse(`${at}.${field}`)
    }
    if (!Array.isArray(message.content)) continue
    const content: readonly JsonValue[] = message.content
    const part = content.findIndex(
      (item) => isJsonObject(item) && PART_TYPES.some((type) => type === item.type),
    )
    if (part >= 0) return refuse(`${at}.content[${part}]`)
  }
  return null
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
