/**
 * Arguments of tool calls as the objects that chat templates take: most write a text that holds JSON as a text within JSON, and
 * the others refuse it. Pure.
 */
import {
  isJsonObject,
  type JsonArray,
  type JsonObject,
  type JsonValue,
  numberOf,
  parseJson,
} from '../../lib/json.ts'

/** Null where they are no object, and where readers would alter a number, or refuse the whole file for one row as deep. */
export function readArguments(text: string): JsonObject | null {
  // What servers write for a call without arguments.
  if (text.trim() === '') return {}
  const read = parseJson(text, { exact: true })
  return read.ok && isJsonObject(read.value) && isExact(read.value) ? read.value : null
}

/** True where a message in the row calls a tool with arguments that could not be read. */
export function holdsTextArguments(row: JsonObject): boolean {
  return Object.values(row).some(
    (column) => Array.isArray(column) && (column as JsonArray).some(callsWithText),
  )
}

function callsWithText(message: JsonValue): boolean {
  if (!isJsonObject(message) || !Array.isArray(message.tool_calls)) return false
  return (message.tool_calls as JsonArray).some(
    (call) =>
      isJsonObject(call) &&
      isJsonObject(call.function ?? null) &&
      typeof (call.function as JsonObject).arguments === 'string',
  )
}

function isExact(value: JsonValue): boolean {
  const number = numberOf(value)
  if (number !== null) {
    return Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number))
  }
  return (
    typeof value !== 'object' ||
    value === null ||
    Object.values(value).every((item) => isExact(item as JsonValue))
  )
}
