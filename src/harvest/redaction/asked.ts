/**
 * What one turn asks for and the next one gives without a word: “What is your date of birth?”, “12/04/1987”. Pure. The word of the
 * question is read as though it stood before the answer.
 */
import { BIRTH_WORDS, BIRTH_WORDS_IN_RUNS } from './birth-dates.ts'
import { findAfter } from './find.ts'
import { type Found, plainSigns } from './finder.ts'
import { ID_WORDS, ID_WORDS_IN_RUNS } from './named-ids.ts'
import { PASSWORD_WORDS, PASSWORD_WORDS_IN_RUNS } from './named-secrets.ts'
import { PHONE_WORDS, PHONE_WORDS_IN_RUNS } from './phone-words.ts'

const WORDS = [BIRTH_WORDS, ID_WORDS, PASSWORD_WORDS, PHONE_WORDS].join('|')
const IN_RUNS = [
  BIRTH_WORDS_IN_RUNS,
  ID_WORDS_IN_RUNS,
  PASSWORD_WORDS_IN_RUNS,
  PHONE_WORDS_IN_RUNS,
].join('|')
const ASKED_FOR = new RegExp(`(?<![\\p{L}\\p{N}])(?:${WORDS})(?![\\p{L}\\p{N}])|${IN_RUNS}`, 'giu')

/** The questions of a text, and what ends with a colon. */
const QUESTION = /[^.!?？؟;:：\n]{2,200}(?:[?？؟]|[;:：]\s{0,5}$)/gu
/** In a long answer the word has long been said again, or it is none. */
const MAX_ANSWER = 200
const MAX_QUESTIONED = 1000
const MAX_WORDS = 4
const MAX_STARTS = 6
/** Where a value may begin: a word with a digit in it, whatever else stands there. */
const START = /(?<![!-~])[!-~]{0,64}\d/g

/** The words for what a turn asks of whoever answers it. */
export function wordsAsked(turn: string): readonly string[] {
  const questions = turn.slice(-MAX_QUESTIONED).match(QUESTION) ?? []
  const words = questions.flatMap((question) => question.match(ASKED_FOR) ?? [])
  return [...new Set(words)].slice(-MAX_WORDS)
}

/** What stands in an answer for one of the words. */
export function findAnswered(answer: string, asked: readonly string[]): readonly Found[] {
  if (asked.length === 0 || answer.length > MAX_ANSWER) return []
  const starts = [...plainSigns(answer).matchAll(START)].map(({ index }) => index)
  return asked.flatMap((word) =>
    [...new Set([0, ...starts])].slice(0, MAX_STARTS).flatMap((from) =>
      findAfter(`${word}: `, answer.slice(from))
        .filter(({ start }) => start === 0)
        .map((one) => ({ ...one, start: one.start + from, end: one.end + from })),
    ),
  )
}
