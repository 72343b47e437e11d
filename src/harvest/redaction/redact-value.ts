/**
 * Redacts what people and models wrote in JSON: messages, tools, requests, attempts, answers. Pure.
 * Roles, types, ids and media stay as they are, and so does every name of a member: structure is never touched. What a client names
 * itself has no structure but its own.
 */
import { orderedObject } from '../../lib/exact-json.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import type { Redactor } from './redactor.ts'

/** Members that carry structure, in every format. */
const STRUCTURE: ReadonlySet<string> = new Set(
  'role type id tool_call_id call_id file_id kind format detail object required pattern $ref $schema'.split(
    ' ',
  ),
)

/** Members below which a client or its tools have named everything. */
const FREE: ReadonlySet<string> = new Set(['arguments', 'metadata'])

/** Encoded media: nothing in it is text. */
const MEDIA: ReadonlySet<string> = new Set(['data', 'file_data', 'b64_json'])
const DATA_URL = /^data:[\w.+-]+\/[\w.+-]+[;,]/i

/** The value itself where there is nothing to redact in it. */
export function redactValue(value: JsonValue, redactor: Redactor): JsonValue {
  return redactNamed(value, redactor, { name: '', isFree: false })
}

/** `name`: of the member whose value it is. */
type Place = { readonly name: string; readonly isFree: boolean }

function redactNamed(value: JsonValue, redactor: Redactor, { name, isFree }: Place): JsonValue {
  if (typeof value === 'string') return DATA_URL.test(value) ? value : redactor.text(value, name)
  if (typeof value === 'number') return redactNumber(value, redactor, name)
  if (Array.isArray(value)) {
    const items = value.map((item: JsonValue) => redactNamed(item, redactor, { name, isFree }))
    return items.every((item, index) => item === value[index]) ? value : items
  }
  if (!isJsonObject(value)) return value
  const members = Object.entries(value).map(
    ([key, member]) =>
      [
        key,
        redactMember(member, redactor, { name: key, isFree: isFree || FREE.has(key) }),
      ] as const,
  )
  return members.every(([key, member]) => member === value[key]) ? value : orderedObject(members)
}

function redactMember(member: JsonValue, redactor: Redactor, place: Place): JsonValue {
  const { name, isFree } = place
  const isKept = STRUCTURE.has(name) || (MEDIA.has(name) && typeof member === 'string')
  return isKept && !isFree && !isJsonObject(member) ? member : redactNamed(member, redactor, place)
}

/** Fewer digits are no number of a person. */
const LEAST_NUMBER = 1_000_000

function redactNumber(value: number, redactor: Redactor, name: string): JsonValue {
  if (!Number.isSafeInteger(value) || value < LEAST_NUMBER) return value
  const text = String(value)
  const redacted = redactor.text(text, name)
  return redacted === text ? value : redacted
}
