/**
 * What an answer in words is, as far as words tell: a refusal and no more, help, or what cannot be told. Pure.
 * For where a declared decision could be wrong: it would rather not know than guess, since a wrong guess costs a draft or a row.
 */
import { isJsonObject, type JsonValue, parseJson } from '../lib/json.ts'
import { detectLanguage } from '../text/language.ts'
import { singleSpaced } from '../text/word-pattern.ts'
import {
  declines,
  HELPS,
  LACKS,
  LISTED,
  NEGATES,
  NEGATES_IN_RUNS,
  REFUSES,
  SUPPORTS,
  TURNS,
  WITHHOLDS,
} from './declining.ts'

/**
 * `refusal`: declines and says no more; `inability`: the same, for want of a tool or of what it was to work on;
 * `help`: declines in no word, and gives something.
 */
export type AnswerKind = 'refusal' | 'inability' | 'help' | 'undecided'

const OPENING_CHARACTERS = 160
/** A refusal is a few sentences; what is longer has something to say. */
const MAX_REFUSAL_CHARACTERS = 400
/** A refusal as long as this declines in so many words. */
const MIN_HELP_CHARACTERS = 200
/** What else an object may hold beside its refusal: a flag, a number, a label. */
const MAX_BESIDE_CHARACTERS = 80

const STEPS = /^[ \t]{0,8}(?:\d{1,2}[.)、]|[-*•])\s/gm
const MIN_STEPS = 3
const CODE = /```[^`]/

/** Of the text of an answer; of JSON, by what its strings say. */
export function kindOfAnswer(text: string): AnswerKind {
  const parsed = /^\s*[{[]/.test(text) ? parseJson(text.trim()) : null
  return parsed?.ok ? kindOfValue(parsed.value) : kindOfProse(text)
}

function kindOfProse(text: string): AnswerKind {
  if (isBareRefusal(text)) return isMatch(LACKS, text) ? 'inability' : 'refusal'
  if (declines(text)) return 'undecided'
  const gives = HELPS.test(text.trimStart()) || CODE.test(text) || stepsIn(text) >= MIN_STEPS
  if (!gives && !isProseThatGives(text)) return 'undecided'
  return isMatch(SUPPORTS, text) ? 'undecided' : 'help'
}

function kindOfValue(value: JsonValue): AnswerKind {
  const strings = stringsIn(value).filter((text) => text.trim() !== '')
  const longest = strings.reduce((one, other) => (other.length > one.length ? other : one), '')
  const beside = strings.reduce((sum, { length }) => sum + length, 0) - longest.length
  const kind = kindOfProse(longest)
  if (kind === 'refusal' || kind === 'inability') {
    return beside <= MAX_BESIDE_CHARACTERS ? kind : 'undecided'
  }
  if (strings.some(declines) || strings.some((text) => isMatch(SUPPORTS, text))) return 'undecided'
  const gives = longestList(value) >= MIN_STEPS || isProseThatGives(strings.join(' '))
  return gives ? 'help' : kind
}

/** True for an answer that is a refusal and no more: short, declining from its first sentence, and turning to no help after it. */
export function isBareRefusal(text: string): boolean {
  if (text.length > MAX_REFUSAL_CHARACTERS) return false
  const opening = singleSpaced(text.slice(0, OPENING_CHARACTERS))
  return REFUSES.test(opening) || (WITHHOLDS.test(opening) && !TURNS.test(text))
}

/** In a language of the lists, where silence means something: long, or without a question and any word that denies or leads elsewhere. */
function isProseThatGives(text: string): boolean {
  const spaced = singleSpaced(text)
  const affirms =
    !/[?？؟]/.test(text) && !isMatch(NEGATES, spaced) && !isMatch(NEGATES_IN_RUNS, spaced)
  return (text.length >= MIN_HELP_CHARACTERS || affirms) && LISTED.has(detectLanguage(text))
}

function stepsIn(text: string): number {
  return text.match(STEPS)?.length ?? 0
}

function isMatch(pattern: RegExp, text: string): boolean {
  pattern.lastIndex = 0
  return pattern.test(text)
}

function stringsIn(value: JsonValue): readonly string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap((item: JsonValue) => stringsIn(item))
  return isJsonObject(value) ? Object.values(value).flatMap(stringsIn) : []
}

/** How many items the longest list of them has, empty ones aside. */
function longestList(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0
  const items: readonly JsonValue[] = Array.isArray(value) ? value : Object.values(value)
  const texts = items.filter((item) => (typeof item === 'string' ? item.trim() !== '' : item))
  return items.reduce<number>(
    (longest, item) => Math.max(longest, longestList(item)),
    Array.isArray(value) ? texts.length : 0,
  )
}
