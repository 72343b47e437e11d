/**
 * Reads what a model wrote: a list as strict JSON, a document as plain text that keeps to what was asked. Pure.
 * A fault is a class. Nothing is mended: what is at fault is asked for again, and then left out.
 */
import * as z from 'zod'
import type { JsonObject } from '../../lib/json.ts'
import { parseJson } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import { wordsOf } from '../../text/words.ts'

const MAX_ITEM_LENGTH = 2_000

const listSchema = z.strictObject({ items: z.array(z.string().max(MAX_ITEM_LENGTH)) })

/** The strict `response_format` of every list. */
export const LIST_FORMAT: JsonObject = {
  type: 'json_schema',
  json_schema: {
    name: 'items',
    strict: true,
    schema: {
      type: 'object',
      properties: { items: { type: 'array', items: { type: 'string' } } },
      required: ['items'],
      additionalProperties: false,
    },
  },
}

const FENCED = /^```(?:json)?[ \t]*\r?\n([\s\S]*?)\r?\n?```$/i

export type ListFault = 'list_unreadable' | 'list_empty'

/** The first so many that differ from one another. */
export function readList(
  reply: string,
  { count }: { readonly count: number },
): Result<readonly string[], ListFault> {
  const text = reply.trim()
  const found = parseJson(text)
  const value = found.ok ? found : parseJson(FENCED.exec(text)?.[1] ?? '')
  const parsed = listSchema.safeParse(value.ok ? value.value : null)
  if (!parsed.success) return fail('list_unreadable')
  const byName = new Map<string, string>()
  for (const item of parsed.data.items) {
    const shown = item.replace(/\s+/g, ' ').trim()
    const name = shown.toLowerCase()
    if (shown !== '' && !byName.has(name)) byName.set(name, shown)
  }
  const items = [...byName.values()].slice(0, count)
  return items.length > 0 ? succeed(items) : fail('list_empty')
}

/** Names of domains have one to four words: a longer one is a sentence about it. */
export function isDomainName(name: string): boolean {
  return name.split(/[\s/]+/).length <= 4
}

export type DocumentFault =
  | 'document_short'
  | 'document_link'
  | 'document_date'
  | 'document_citation'
  | 'document_gap'

/** In scripts that write no spaces a letter is a word. */
const MIN_WORDS = 60

const MONTHS =
  'January|February|March|April|May|June|July|August|September|October|November|December'

const FAULTS: readonly (readonly [fault: DocumentFault, pattern: RegExp])[] = [
  ['document_link', /\bhttps?:\/\/|\bwww\.\w|\]\(|[\w.+-]@[\w-]+\.\w{2,}/i],
  [
    'document_date',
    new RegExp(
      String.raw`\b(?:19|20)\d{2}\b|\b(?:${MONTHS})\s+\d{1,2}\b|\b\d{1,2}\.?\s+(?:${MONTHS})\b|\b\d{1,4}[/-]\d{1,2}[/-]\d{1,4}\b`,
    ),
  ],
  ['document_citation', /\[\d{1,3}\]|\bet al\.|\bdoi:|\bibid\b/i],
  [
    'document_gap',
    /\[(?:your|insert|name|date|company|link|city)\b[^[\]]*\]|\{\{|\bTODO\b|\bLorem ipsum\b/i,
  ],
]

/** Null for a document that may be kept. */
export function documentFault(text: string): DocumentFault | null {
  if (wordsOf(text).length < MIN_WORDS) return 'document_short'
  return FAULTS.find(([, pattern]) => pattern.test(text))?.[0] ?? null
}
