/**
 * Redacts what people and models wrote in JSON: messages, tools, requests, attempts, answers. Pure.
 * Roles, types, ids and media stay as they are, and so does every name of a member: structure is never touched.
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

/** Encoded media: nothing in it is text. */
const MEDIA: ReadonlySet<string> = new Set(['data', 'file_data', 'b64_json'])
const DATA_URL = /^data:[\w.+-]+\/[\w.+-]+[;,]/i

/** The value itself where there is nothing to redact in it. `name`: of the member that it is the value of. */
export function redactValue(value: JsonValue, redactor: Redactor, name = ''): JsonValue {
  if (typeof value === 'string') return DATA_URL.test(value) ? value : redactor.text(value, name)
  if (typeof value === 'number') return redactNumber(value, redactor, name)
  if (Array.isArray(value)) {
    const items = value.map((item: JsonValue) => redactValue(item, redactor, name))
    return items.every((item, index) => item === value[index]) ? value : items
  }
  if (!isJsonObject(value)) return value
  const members = Object.entries(value).map(
    ([name, member]) => [name, redactMember(name, member, redactor)] as const,
  )
  return members.every(([name, member]) => member === value[name]) ? value : orderedObject(members)
}

function redactMember(name: string, member: JsonValue, redactor: Redactor): JsonValue {
  const isKept = STRUCTURE.has(name) || (MEDIA.has(name) && typeof member === 'string')
  return isKept && !isJsonObject(member) ? member : redactValue(member, redactor, name)
}

/** Fewer digits are no number of a person. */
const LEAST_NUMBER = 1_000_000

function redactNumber(value: number, redactor: Redactor, name: string): JsonValue {
  if (!Number.isSafeInteger(value) || value < LEAST_NUMBER) return value
  const text = String(value)
  const redacted = redactor.text(text, name)
  return redacted === text ? value : redacted
}
