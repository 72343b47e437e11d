/**
 * The texts of a row, for a redactor that takes texts and gives texts: all of them at once, in an order that does not change. Pure.
 * What names things of the gateway (ids, digests, sections, models) is no text of anybody, and stays. What people and models wrote
 * is text whatever it is called: their tools have authors and models, too.
 */
import { orderedObject } from '../../lib/exact-json.ts'
import { isJsonObject, type JsonValue, parseJson } from '../../lib/json.ts'
import { mapJsonText } from './json-text.ts'
import { redactValue } from './redact-value.ts'

/** Members whose text the gateway wrote. */
const NAMES: ReadonlySet<string> = new Set(
  'id kind type schema transcript section sections decision declared policy digest revision protocol model judge_model family judge_family provider license trainingRights outcome mode channel clause clauses citedClauses finding severity strategy finishReason received time consent tenant app author domain'.split(
    ' ',
  ),
)

/** Members in which others wrote, and named what they liked. */
const WRITTEN: ReadonlySet<string> = new Set(
  'messages prompt completion chosen rejected answer tools request final'.split(' '),
)

/** What the gateway wrote, as JSON text. */
const RECORDS: ReadonlySet<string> = new Set(['record', 'labels'])

type MapText = (text: string) => string

/** Each text once. */
export function rowTexts(row: JsonValue): readonly string[] {
  const texts = new Set<string>()
  walk(row, (text) => {
    texts.add(text)
    return text
  })
  return [...texts]
}

/** The row with other texts; what has none in `texts` stays. */
export function withTexts(row: JsonValue, texts: ReadonlyMap<string, string>): JsonValue {
  return walk(row, (text) => texts.get(text) ?? text)
}

function walk(value: JsonValue, map: MapText, name = ''): JsonValue {
  if (WRITTEN.has(name)) return written(value, map)
  if (typeof value === 'string') {
    if (NAMES.has(name)) return value
    return RECORDS.has(name) ? walkRecord(value, map) : written(value, map)
  }
  if (Array.isArray(value)) {
    const items = value.map((item: JsonValue) => walk(item, map, name))
    return items.every((item, index) => item === value[index]) ? value : items
  }
  if (!isJsonObject(value)) return value
  const members = Object.entries(value).map(
    ([key, member]) => [key, walk(member as JsonValue, map, key)] as const,
  )
  return members.every(([key, member]) => member === value[key]) ? value : orderedObject(members)
}

function written(value: JsonValue, map: MapText): JsonValue {
  return redactValue(value, {
    text: (text) => mapJsonText(text, '', (one) => (one.trim() === '' ? one : map(one))),
  })
}

function walkRecord(text: string, map: MapText): JsonValue {
  const parsed = parseJson(text, { exact: true, maxDepth: Number.POSITIVE_INFINITY })
  if (!parsed.ok) return written(text, map)
  const walked = walk(parsed.value, map)
  return walked === parsed.value ? text : JSON.stringify(walked)
}
