/**
 * The texts of a row, for a redactor that takes texts and gives texts: all of them at once, in an order that does not change. Pure.
 * What names things of the gateway (ids, digests, sections, models) is no text of anybody, and stays.
 */
import type { JsonValue } from '../../lib/json.ts'
import { mapJsonText } from './json-text.ts'
import { redactValue } from './redact-value.ts'

/** Members whose text the gateway wrote. */
const NAMES: ReadonlySet<string> = new Set(
  'schema section sections decision declared policy digest revision protocol model judge_model family judge_family provider license trainingRights outcome mode channel clause clauses citedClauses finding severity strategy finishReason received time consent tenant app author domain expect'.split(
    ' ',
  ),
)

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

function walk(row: JsonValue, map: (text: string) => string): JsonValue {
  return redactValue(row, {
    text: (text, name) =>
      mapJsonText(text, name, (one, of) => (NAMES.has(of) || one.trim() === '' ? one : map(one))),
  })
}
