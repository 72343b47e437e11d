/**
 * Redacts what people and models wrote in JSON: messages, tools, requests, attempts, answers. Pure.
 * Roles, types, ids and media stay as they are, and so does every name of a member: structure is never touched. What a client names
 * itself has no structure but its own.
 */
import { orderedObject } from '../../lib/exact-json.ts'
import { isJsonObject, type JsonArray, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { wordsAsked } from './asked.ts'
import type { Redactor } from './redactor.ts'

/** Members that carry structure, in every format. */
const STRUCTURE: ReadonlySet<string> = new Set(
  'role type id tool_call_id tool_use_id call_id file_id kind format detail object required pattern $ref $schema'.split(
    ' ',
  ),
)

/** Members below which a client or its tools have named everything; calls of Messages have an `input` for their arguments. */
const FREE: ReadonlySet<string> = new Set(['arguments', 'metadata'])

const isFreeBelow = (name: string, member: JsonValue): boolean =>
  FREE.has(name) || (name === 'input' && isJsonObject(member))

/** Members of media, which may be given as plain text too. */
const MEDIA: ReadonlySet<string> = new Set(['data', 'file_data', 'b64_json'])
const DATA_URL = /^data:[\w.+-]+\/[\w.+-]+[;,]/i
/** Nothing in it is text. */
const ENCODED = /^[\w+/=\r\n-]*$/

/** The value itself where there is nothing to redact in it. */
export function redactValue(value: JsonValue, redactor: Redactor): JsonValue {
  return redactNamed(value, redactor, { name: '', isFree: false, asked: [] })
}

type Place = {
  /** Of the member whose value it is. */
  readonly name: string
  readonly isFree: boolean
  /** What the turn before asks for. */
  readonly asked: readonly string[]
}

function redactNamed(value: JsonValue, redactor: Redactor, place: Place): JsonValue {
  if (typeof value === 'string') return redactString(value, redactor, place)
  if (typeof value === 'number') return redactNumber(value, redactor, place.name)
  if (Array.isArray(value)) {
    const all = value as JsonArray
    const items = all.every(isTextPart)
      ? redactParts(all, redactor, place)
      : all.map((item, index) =>
          redactNamed(item, redactor, { ...place, asked: askedOf(item, all[index - 1]) }),
        )
    return items.every((item, index) => item === all[index]) ? value : items
  }
  if (!isJsonObject(value)) return value
  const isPlain = isPlainText(value)
  return mapMembers(value, (name, member) =>
    !isPlain && !place.isFree && isEncodedMedia(name, member)
      ? member
      : redactMember(member, redactor, below(place, name, member)),
  )
}

function below({ isFree, asked }: Place, name: string, member: JsonValue): Place {
  return {
    name,
    isFree: isFree || isFreeBelow(name, member),
    asked: name === 'content' ? asked : [],
  }
}

/** True for what says of itself that its data are text. */
function isPlainText({ type, media_type: mediaType }: JsonObject): boolean {
  return type === 'text' || (typeof mediaType === 'string' && mediaType.startsWith('text/'))
}

function isEncodedMedia(name: string, member: JsonValue): boolean {
  return MEDIA.has(name) && typeof member === 'string' && ENCODED.test(member)
}

/** True for an address that holds encoded data and no more. */
function isEncodedUrl(text: string): boolean {
  if (!DATA_URL.test(text)) return false
  const comma = text.indexOf(',')
  return (
    text.slice(0, comma).toLowerCase().endsWith(';base64') && ENCODED.test(text.slice(comma + 1))
  )
}

function mapMembers(
  object: JsonObject,
  map: (name: string, member: JsonValue) => JsonValue,
): JsonValue {
  const members = Object.entries(object).map(([name, member]) => [name, map(name, member)] as const)
  const isSame = members.every(([name, member]) => member === object[name])
  return isSame ? object : orderedObject(members)
}

function redactString(text: string, redactor: Redactor, { name, asked }: Place): string {
  if (isEncodedUrl(text)) return text
  if (asked.length === 0 || !redactor.parts) return redactor.text(text, name)
  const [redacted = text] = redactor.parts([text], asked)
  return redacted
}

function redactMember(member: JsonValue, redactor: Redactor, place: Place): JsonValue {
  const { name, isFree } = place
  const isKept = STRUCTURE.has(name) && !isFree && !isJsonObject(member)
  return isKept ? member : redactNamed(member, redactor, place)
}

type TextPart = JsonObject & { readonly text: string }

function isTextPart(item: JsonValue): item is TextPart {
  return isJsonObject(item) && typeof item.text === 'string'
}

/** Trainers read the parts of a content as one text. */
function redactParts(
  parts: readonly TextPart[],
  redactor: Redactor,
  place: Place,
): readonly JsonValue[] {
  const texts = parts.map(({ text }) => text)
  const redacted =
    redactor.parts?.(texts, place.asked) ?? texts.map((text) => redactor.text(text, 'text'))
  return parts.map((part, index) =>
    mapMembers(part, (name, member) =>
      name === 'text'
        ? (redacted[index] ?? '')
        : redactMember(member, redactor, below(place, name, member)),
    ),
  )
}

/** What the turn of an assistant asks of the user's that follows it. */
function askedOf(turn: JsonValue, before: JsonValue = null): readonly string[] {
  if (!isJsonObject(turn) || turn.role !== 'user') return []
  if (!isJsonObject(before) || before.role !== 'assistant') return []
  const { content } = before
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
