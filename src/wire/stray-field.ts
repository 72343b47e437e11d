/** Finds fields by which an item of another contract would say two things: chat reads them, and nobody else. Pure. */
import type { JsonObject } from '../lib/json.ts'

const CHAT_FIELDS = ['tool_calls', 'function_call', 'tool_call_id', 'refusal', 'audio', 'prefix']

/** The first such field that is set; null where there is none. */
export function strayField(item: JsonObject): string | null {
  return (
    CHAT_FIELDS.find((field) => (item[field] ?? null) !== null && item[field] !== false) ?? null
  )
}
