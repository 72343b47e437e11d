/**
 * JSON as data: its types, a guarded parser for untrusted text, and the canonical form (RFC 8785).
 * No I/O. The parser must never build an object with a `__proto__` of the sender's choosing.
 */
import {
  type ExactNumber,
  endOfString,
  endOfToken,
  isExactNumber,
  isOddNumber,
  readExactly,
} from './exact-json.ts'
import { fail, type Result, succeed } from './result.ts'

export type JsonValue = string | number | ExactNumber | boolean | null | JsonArray | JsonObject
export type JsonArray = readonly JsonValue[]
export type JsonObject = { readonly [name: string]: JsonValue }

export type JsonFailure =
  | { readonly reason: 'not_json' }
  | { readonly reason: 'too_deep'; readonly limit: number }
  | { readonly reason: 'forbidden_key'; readonly key: string }
  | { readonly reason: 'repeated_key'; readonly key: string }

/** Deeper than any real request or tool schema, and shallow enough for every recursive reader behind it. */
export const MAX_JSON_DEPTH = 200

const FORBIDDEN_KEY = '__proto__'

export type ParseOptions = {
  readonly maxDepth?: number
  /** Numbers keep their text and objects their order (`exact-json.ts`): for what is written again. */
  readonly exact?: boolean
  /** Refuses an object that has a name twice, however spelt: for what others might read in the other way. */
  readonly unique?: boolean
}

/**
 * Parses untrusted text. Depth is checked before parsing, so that hostile nesting cannot exhaust the stack;
 * an own `__proto__` key anywhere is refused, because a later copy would make it a prototype.
 */
export function parseJson(
  text: string,
  { maxDepth = MAX_JSON_DEPTH, exact = false, unique = false }: ParseOptions = {},
): Result<JsonValue, JsonFailure> {
  const { tooDeep, members, isPlain } = survey(text, maxDepth)
  if (tooDeep) return fail({ reason: 'too_deep', limit: maxDepth })
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
  const isRepeated = unique && countMembers(value) !== members
  if (!isRepeated && (isPlain || !exact)) return succeed(value)
  const reading = readExactly(text)
  return isRepeated && reading.repeated !== null
    ? fail({ reason: 'repeated_key', key: reading.repeated })
    : succeed(reading.value as JsonValue)
}

export function isJsonObject(value: unknown): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value)
  )
}

/** The double of a number, whichever way it was read; null for anything else. */
export function numberOf(value: JsonValue | undefined): number | null {
  if (typeof value === 'number') return value
  return isExactNumber(value) ? Number(value.rawJSON) : null
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
  if (isExactNumber(value)) {
    const double = Number(value.rawJSON)
    // The RFC has no form for a number beyond all doubles.
    return Number.isFinite(double) ? JSON.stringify(double) : value.rawJSON
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

type Survey = {
  readonly tooDeep: boolean
  /** How many members all objects have together. */
  readonly members: number
  /** Where an ordinary parser may lose the text of a number, or the order of an object. */
  readonly isPlain: boolean
}

/** One look at every character outside of strings, before anything is parsed. */
function survey(text: string, maxDepth: number): Survey {
  let [depth, members, isPlain] = [0, 0, true]
  let name = -1
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === 0x22) {
      name = index + 1
      index = endOfString(text, index)
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > maxDepth) return { tooDeep: true, members, isPlain }
    } else if (code === 0x7d || code === 0x5d) depth--
    else if (code === 0x3a) {
      members++
      isPlain &&= !beginsWholeNumber(text.charCodeAt(name))
    } else if (code === 0x2d || isDigit(code)) {
      const end = endOfToken(text, index)
      isPlain &&= !isOddNumber(text.slice(index, end))
      index = end - 1
    }
  }
  return { tooDeep: false, members, isPlain }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

/** An escape may spell a digit. */
function beginsWholeNumber(code: number): boolean {
  return isDigit(code) || code === 0x5c
}

function holdsForbiddenKey(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.some((item) => holdsForbiddenKey(item))
  return Object.entries(value).some(
    ([key, item]) => key === FORBIDDEN_KEY || holdsForbiddenKey(item as JsonValue),
  )
}

function countMembers(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) for (const item of value) count += countMembers(item)
  else for (const item of Object.values(value)) count += 1 + countMembers(item as JsonValue)
  return count
}
