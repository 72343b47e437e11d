/**
 * The citations of a choice as far as they concern the released text, counted from its beginning. Pure.
 * One of the few files that open sealed output, for one number: where the answer stands in it. What concerns hidden text is
 * left out, and so is what cannot be placed.
 */
import type { CompletionChoice, Segment } from '../../conversation/model.ts'
import {
  isJsonObject,
  type JsonArray,
  type JsonObject,
  type JsonValue,
  numberOf,
} from '../../lib/json.ts'
import { type Opaque, reveal } from '../../lib/opaque.ts'

const ADDRESS = /^https?:\/\/\S{1,2000}$/

/** As the contract has them: an address, a title, and where in `answer` they belong. */
export function citationsOf(choice: CompletionChoice, answer: string): JsonArray {
  if (choice.annotations === null) return []
  const start = placeOf(choice.output, answer)
  return start === null ? [] : choice.annotations.flatMap((item) => cite(item, start, answer) ?? [])
}

function cite(item: JsonValue, start: number, answer: string): JsonObject | null {
  const citation = isJsonObject(item) && item.type === 'url_citation' ? item.url_citation : null
  if (!isJsonObject(citation)) return null
  const { url, title, start_index = 0, end_index = 0 } = citation
  if (typeof url !== 'string' || !ADDRESS.test(url)) return null
  const [from, to] = [numberOf(start_index) ?? -1, numberOf(end_index) ?? -1]
  const isWithin = start <= from && from <= to && to - start <= answer.length
  if (!isWithin) return null
  const place = { start_index: Math.trunc(from - start), end_index: Math.trunc(to - start) }
  const named = typeof title === 'string' ? title : ''
  return { type: 'url_citation', url_citation: { url, title: named, ...place } }
}

/** Where the answer begins in the text that the upstream counted; null where that cannot be told. */
function placeOf(output: Opaque<readonly Segment[]>, answer: string): number | null {
  const content = reveal(output)
    .filter(({ channel }) => channel === 'content')
    .map(({ text }) => text)
    .join('')
  const at = content.lastIndexOf(answer)
  if (at === -1 || (content.indexOf(answer) !== at && !content.endsWith(answer))) return null
  // Beyond the basic plane servers count characters in two ways, and do not say in which.
  return /[\ud800-\udfff]/.test(content.slice(0, at)) ? null : at
}
