/**
 * JSON as data: its types, a guarded parser for untrusted text, and the canonical form (RFC 8785).
 * No I/O. The parser must never build an object with a `__proto__` of the sender's choosing.
 */
import { fail, type Result, succeed } from './result.ts'

export type JsonValue = string | number | boolean | null | JsonArray | JsonObject
export type JsonArray = readonly JsonValue[]
export type JsonObject = { readonly [name: string]: JsonValue }

export type JsonFailure =
  | { readonly reason: 'not_json' }
  | { readonly reason: 'too_deep'; readonly limit: number }
  | { readonly reason: 'forbidden_key'; readonly key: string }

/** Deeper than any real request or tool schema, and shallow enough for every recursive reader behind it. */
export const MAX_JSON_DEPTH = 200

const FORBIDDEN_KEY = '__proto__'

/**
 * Parses untrusted text. Depth is checked before parsing, so that hostile nesting cannot exhaust the stack;
 * an own `__proto__` key anywhere is refused, because a later copy would make it a prototype.
 */
export function parseJson(
  text: string,
  maxDepth: number = MAX_JSON_DEPTH,
): Result<JsonValue, JsonFailure> {
  if (depthExceeds(text, maxDepth)) return fail({ reason: 'too_deep', limit: maxDepth })
  let value: JsonValue
  try {
    value = JSON.parse(text) as JsonValue
  } catch {
    return fail({ reason: 'not_json' })
  }
  // A string escape can spell the key (`\u005f_proto__`), so its absence in the text is only a fast path.
  if ((text.includes(FORBIDDEN_KEY) || text.includes('\\u')) && holdsForbiddenKey(value)) {
    return fail({ reason: 'forbidden_key', key: FORBIDDEN_KEY })
  }
  return succeed(value)
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Canonical JSON (RFC 8785): sorted keys (by UTF-16 code unit), no white space, ECMAScript numbers.
 * @throws TypeError for a number that JSON cannot hold or for a lone surrogate.
 */
export function canonicalJson(value: JsonValue): string {
  if (typeof value === 'string') {
    if (!value.isWellFormed())
      throw new TypeError('Cannot canonicalise a string with a lone surrogate')
    return JSON.stringify(value)
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new TypeError(`Cannot canonicalise a number that JSON cannot hold: ${value}`)
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`
  const object = value as JsonObject
  const members = Object.keys(object)
    .sort()
    .filter((key) => object[key] !== undefined)
    .map((key) => `${canonicalJson(key)}:${canonicalJson(object[key] as JsonValue)}`)
  return `{${members.join(',')}}`
}

function depthExceeds(text: string, maxDepth: number): boolean {
  let depth = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === 0x22) index = endOfString(text, index)
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > maxDepth) return true
    } else if (code === 0x7d || code === 0x5d) depth--
  }
  return false
}

/** Where the string that opens at `start` closes; the end of the text where it never does. */
function endOfString(text: string, start: number): number {
  let end = start
  do end = text.indexOf('"', end + 1)
  while (end !== -1 && isEscaped(text, end))
  return end === -1 ? text.length : end
}

/** True when an odd number of backslashes stands before the place. */
function isEscaped(text: string, at: number): boolean {
  let first = at
  while (text.charCodeAt(first - 1) === 0x5c) first--
  return (at - first) % 2 === 1
}

function holdsForbiddenKey(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.some((item) => holdsForbiddenKey(item))
  return Object.entries(value).some(
    ([key, item]) => key === FORBIDDEN_KEY || holdsForbiddenKey(item as JsonValue),
  )
}
