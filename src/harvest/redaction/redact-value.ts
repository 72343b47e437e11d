/**
 * Redacts what people and models wrote in JSON: messages, tools, requests, attempts, answers. Pure.
 * Roles, types, ids and media stay as they are, and so does every name of a member: structure is never touched.
 */
import { orderedObject } from '../../lib/exact-json.ts'
import { isJsonObject, type JsonArray, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { wordsAsked } from './asked.ts'
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

/**
 * The value itself where there is nothing to redact in it. `name`: of the member that it is the value of; `asked`: by the turn
 * before the one that it is the content of.
 */
export function redactValue(
  value: JsonValue,
  redactor: Redactor,
  name = '',
  asked: readonly string[] = [],
): JsonValue {
  if (typeof value === 'string') return redactString(value, redactor, name, asked)
  if (typeof value === 'number') return redactNumber(value, redactor, name)
  if (Array.isArray(value)) {
    const all = value as JsonArray
    const items = all.every(isTextPart)
      ? redactParts(all, redactor, asked)
      : all.map((item, index) => redactValue(item, redactor, name, askedOf(item, all[index - 1])))
    return items.every((item, index) => item === all[index]) ? value : items
  }
  if (!isJsonObject(value)) return value
  const members = Object.entries(value).map(
    ([name, member]) => [name, redactMember(name, member, redactor, asked)] as const,
  )
  return members.every(([name, member]) => member === value[name]) ? value : orderedObject(members)
}

function redactString(
  text: string,
  redactor: Redactor,
  name: string,
  asked: readonly string[],
): string {
  if (DATA_URL.test(text)) return text
  if (asked.length === 0 || !redactor.parts) return redactor.text(text, name)
  const [redacted = text] = redactor.parts([text], asked)
  return redacted
}

function redactMember(
  name: string,
  member: JsonValue,
  redactor: Redactor,
  asked: readonly string[] = [],
): JsonValue {
  const isKept = STRUCTURE.has(name) || (MEDIA.has(name) && typeof member === 'string')
  if (isKept && !isJsonObject(member)) return member
  return redactValue(member, redactor, name, name === 'content' ? asked : [])
}

type TextPart = JsonObject & { readonly text: string }

function isTextPart(item: JsonValue): item is TextPart {
  return isJsonObject(item) && typeof item.text === 'string'
}

/** Trainers read the parts of a content as one text. */
function redactParts(
  parts: readonly TextPart[],
  redactor: Redactor,
  asked: readonly string[],
): readonly JsonValue[] {
  const texts = parts.map(({ text }) => text)
  const redacted =
    redactor.parts?.(texts, asked) ?? texts.map((text) => redactor.text(text, 'text'))
  return parts.map((part, index) => {
    const members = Object.entries(part).map(([name, member]) => {
      const value = name === 'text' ? redacted[index] : redactMember(name, member, redactor)
      return [name, value ?? ''] as const
    })
    return members.every(([name, member]) => member === part[name]) ? part : orderedObject(members)
  })
}

/** What the turn of an assistant asks of the user's that follows it. */
function askedOf(turn: JsonValue, before: JsonValue | undefined): readonly string[] {
  if (!isJsonObject(turn) || turn.role !== 'user') return []
  if (!isJsonObject(before ?? null)) return []
  const { role, content } = before as JsonObject
  if (role !== 'assistant') return []
  const texts = Array.isArray(content) ? (content as JsonArray).filter(isTextPart) : []
  return wordsAsked(typeof content === 'string' ? content : texts.map(({ text }) => text).join(''))
}

/** Fewer digits are no number of a person. */
const LEAST_NUMBER = 1_000_000

function redactNumber(value: number, redactor: Redactor, name: string): JsonValue {
  if (!Number.isSafeInteger(value) || value < LEAST_NUMBER) return value
  const text = String(value)
  const redacted = redactor.text(text, name)
  return redacted === text ? value : redacted
}
