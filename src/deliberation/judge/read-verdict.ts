/**
 * Reads a verdict out of a reply: strict JSON first, a single fence around it tolerated, prose never. Pure.
 * Two different verdicts in one reply are no verdict: the one that comes first may be an echo of the text that is judged. A
 * verdict with a key twice is none either.
 */

import type { JudgeFailure } from '../../conversation/failures.ts'
import { canonicalJson, isJsonObject, type JsonValue, parseJson } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import { type Channel, type VerdictReply, verdictParser } from './verdict-schema.ts'

/** What was asked for. */
type Asked = {
  readonly channel: Channel
  /** Each is due once. */
  readonly clauses: readonly string[]
  /** How many opinions are to be answered. */
  readonly opinions: number
}

export type VerdictFault = Extract<
  JudgeFailure['reason'],
  'judge_empty' | 'judge_unparseable' | 'judge_ambiguous' | 'judge_miscounted'
>

const FENCED = /^```(?:json)?[ \t]*\r?\n([\s\S]*?)\r?\n?```$/i

/** Of two findings under one name, which one holds is for no parser to say. */
const UNIQUE = { unique: true } as const

/** A verdict is some kilobytes; a reply that opens more objects than this is not looked through. */
const MAX_OBJECTS = 200

export function readVerdict(
  reply: string,
  { channel, clauses, opinions }: Asked,
): Result<VerdictReply, VerdictFault> {
  const text = reply.trim()
  if (text === '') return fail('judge_empty')
  const found = parseJson(text, UNIQUE)
  const value = found.ok ? found : parseJson(FENCED.exec(text)?.[1] ?? '', UNIQUE)
  if (!value.ok || Array.isArray(value.value)) {
    return fail(countVerdicts(text) > 1 ? 'judge_ambiguous' : 'judge_unparseable')
  }
  const parsed = verdictParser({ channel, opinions: opinions > 0 }).safeParse(value.value)
  if (!parsed.success) return fail('judge_unparseable')
  const isWhole = coversExactly(parsed.data, clauses) && answersEach(parsed.data, opinions)
  return isWhole ? succeed(parsed.data) : fail('judge_miscounted')
}

/** Every clause sent, each once, and no other. */
function coversExactly({ findings }: VerdictReply, clauses: readonly string[]): boolean {
  const found = new Set(findings.map((finding) => finding.clause))
  return findings.length === clauses.length && clauses.every((clause) => found.has(clause))
}

/** Every opinion, each once. */
function answersEach({ opinions = [] }: VerdictReply, count: number): boolean {
  const numbers = new Set(opinions.map(({ opinion }) => opinion))
  return opinions.length === count && numbers.size === count && isWithin(numbers, count)
}

function isWithin(numbers: ReadonlySet<number>, count: number): boolean {
  return [...numbers].every((number) => number >= 1 && number <= count)
}

/** How many different verdict objects stand in the text, one within another not counted. */
function countVerdicts(text: string): number {
  const seen = new Set<string>()
  let at = text.indexOf('{')
  for (let tries = 0; at >= 0 && tries < MAX_OBJECTS; tries++) {
    const end = objectEnd(text, at)
    const value = end > at ? parseJson(text.slice(at, end)) : null
    if (value?.ok && wantsFormLike(value.value)) seen.add(canonicalOf(value.value))
    at = text.indexOf('{', value?.ok ? end : at + 1)
  }
  return seen.size
}

function wantsFormLike(value: JsonValue): boolean {
  return isJsonObject(value) && 'findings' in value
}

/** A lone surrogate has no canonical form; such text is unlike any other. */
function canonicalOf(value: JsonValue): string {
  const text = JSON.stringify(value)
  return text.isWellFormed() ? canonicalJson(value) : text
}

/** The index after the object that opens at `start`; -1 when it does not close. */
function objectEnd(text: string, start: number): number {
  let depth = 0
  let inString = false
  for (let index = start; index < text.length; index++) {
    const character = text[index]
    if (inString) {
      if (character === '\\') index++
      else if (character === '"') inString = false
    } else if (character === '"') inString = true
    else if (character === '{') depth++
    else if (character === '}' && --depth === 0) return index + 1
  }
  return -1
}
