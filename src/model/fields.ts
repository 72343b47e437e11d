/** Reading single fields of an upstream's JSON, where any of them may be missing, null or of another type. Pure. */
import { type JsonArray, type JsonValue, numberOf } from '../lib/json.ts'

/** The string, if it is one and not empty. */
export function textOf(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** The number, if it is finite and not negative. */
export function countOf(value: JsonValue | undefined): number | null {
  const number = numberOf(value)
  return number !== null && Number.isFinite(number) && number >= 0 ? number : null
}

/** What names a model or a reply: without white space, and short; anything else could be a sentence. */
const NAME = /^[\w.:/@+=-]{1,128}$/

export function nameOf(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && NAME.test(value) ? value : null
}

export function listField(value: JsonValue | undefined): JsonArray {
  return Array.isArray(value) ? value : []
}
