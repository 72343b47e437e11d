/**
 * Small checks of JSON values, composed into the inbound contract: each finds the first flaw, or nothing. Pure.
 * Hand-written rather than a schema library: long conversations pass through here on every request, and a flaw must
 * say where, what is wanted and what was found, without quoting content. Success allocates nothing.
 */
import { isExactNumber } from '../lib/exact-json.ts'
import { isJsonObject, type JsonObject, type JsonValue, numberOf } from '../lib/json.ts'

/** What is wrong: where below the checked value (`.name[2]`), what is wanted there, what was found. */
export type Flaw = { readonly at: string; readonly wants: string; readonly found: string }

export type FieldCheck = (value: JsonValue) => Flaw | null

/** Words of the client's that a message may quote: names of kinds, never text. */
const QUOTED_LENGTH = 40

export const isText: FieldCheck = (value) =>
  typeof value === 'string' ? null : flaw(value, 'a string')

export const isFilledText: FieldCheck = (value) =>
  typeof value === 'string' && value !== '' ? null : flaw(value, 'a string that is not empty')

export const isSwitch: FieldCheck = (value) =>
  typeof value === 'boolean' ? null : flaw(value, 'true or false')

export const isObject: FieldCheck = (value) =>
  isJsonObject(value) ? null : flaw(value, 'an object')

/** Text of at most so many UTF-16 units. */
export function textUpTo(length: number): FieldCheck {
  return (value) =>
    typeof value === 'string' && value.length <= length
      ? null
      : flaw(value, `a string of at most ${length} characters`)
}

export function numberWithin(least: number, most: number): FieldCheck {
  return (value) =>
    isWithin(numberOf(value), least, most) ? null : flaw(value, `a number from ${least} to ${most}`)
}

export function integerWithin(least: number, most: number): FieldCheck {
  const wants =
    most < Number.MAX_SAFE_INTEGER
      ? `a whole number from ${least} to ${most}`
      : least > Number.MIN_SAFE_INTEGER
        ? `a whole number of at least ${least}`
        : 'a whole number'
  // Seeds may exceed what a double holds exactly: the nearest is compared, the text is forwarded.
  return (value) => {
    const number = numberOf(value)
    return Number.isInteger(number) && isWithin(number, least, most) ? null : flaw(value, wants)
  }
}

function isWithin(number: number | null, least: number, most: number): boolean {
  return number !== null && number >= least && number <= most
}

/** One of a few words; the word found is quoted. */
export function oneOf(words: readonly string[]): FieldCheck {
  const wants = words.map((word) => `'${word}'`).join(', ')
  return (value) =>
    typeof value === 'string' && words.includes(value)
      ? null
      : { at: '', wants: words.length > 1 ? `one of ${wants}` : wants, found: quote(value) }
}

/** A list whose items pass; `atLeast` and `atMost` bound its length. */
export function listOf(
  item: FieldCheck,
  bounds: { atLeast?: number; atMost?: number } = {},
): FieldCheck {
  const { atLeast = 0, atMost = Number.POSITIVE_INFINITY } = bounds
  return (value) => {
    if (!Array.isArray(value)) return flaw(value, 'a list')
    if (value.length < atLeast) return flaw(value, `a list of at least ${atLeast}`)
    if (value.length > atMost) return flaw(value, `a list of at most ${atMost}`)
    for (let index = 0; index < value.length; index++) {
      const found = item(value[index])
      if (found) return { ...found, at: `[${index}]${found.at}` }
    }
    return null
  }
}

/** An object whose named fields pass; other fields are left alone. */
export function objectWith(
  required: Readonly<Record<string, FieldCheck>>,
  optional: Readonly<Record<string, FieldCheck>> = {},
): FieldCheck {
  const fields = [
    ...Object.entries(required).map(([name, check]) => ({ name, check, needed: true })),
    ...Object.entries(optional).map(([name, check]) => ({ name, check, needed: false })),
  ]
  return (value) => {
    if (!isJsonObject(value)) return flaw(value, 'an object')
    for (const { name, check, needed } of fields) {
      const field = value[name]
      // A null option is an option not set: several clients send every field they know.
      if (!needed && (field === undefined || field === null)) continue
      const found = field === undefined ? check(null) : check(field)
      if (found) {
        return {
          ...found,
          at: `.${name}${found.at}`,
          found: field === undefined ? 'nothing' : found.found,
        }
      }
    }
    return null
  }
}

/** The first check for a string, the second for anything else. */
export function textOr(text: FieldCheck, other: FieldCheck): FieldCheck {
  return (value) => (typeof value === 'string' ? text(value) : other(value))
}

/** A flaw of the value itself. */
export function flaw(value: JsonValue, wants: string): Flaw {
  return { at: '', wants, found: describe(value) }
}

/** The flaw of a field of `object`, with its word quoted. */
export function fieldFlaw(object: JsonObject, name: string, wants: string): Flaw {
  const value = object[name]
  return { at: `.${name}`, wants, found: value === undefined ? 'nothing' : describe(value) }
}

function describe(value: JsonValue): string {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') {
    return String(value)
  }
  if (isExactNumber(value)) {
    return value.rawJSON.length > QUOTED_LENGTH ? 'a longer number' : value.rawJSON
  }
  if (typeof value === 'string') {
    return value === '' ? 'an empty string' : `a string of ${value.length} characters`
  }
  return Array.isArray(value) ? `a list of ${value.length}` : 'an object'
}

function quote(value: JsonValue): string {
  if (typeof value !== 'string') return describe(value)
  return value.length > QUOTED_LENGTH ? describe(value) : `'${value}'`
}
