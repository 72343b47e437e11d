/**
 * Text as fingerprints of its words and of runs of them: what duplicates and overlaps are found by. Pure.
 * Case, punctuation and white space do not count. In scripts that write no spaces a letter is a word.
 */

import { mix } from './fingerprint.ts'
import { foldForMatching } from './fold.ts'

const WORD =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]|[\p{L}\p{N}\p{M}]+/gu
const PLAIN_ASCII = /^[\t\n\r -~]*$/
const ASCII_WORD = /[a-z0-9]+/g
const NO_ASCII_WORD = /[^a-z0-9]+/g
const SPACE = 32
/** FNV-1a, as `fingerprint` has it. */
const FIRST_PRINT = 0x811c9dc5
const PRINT_FACTOR = 0x01000193
/** What a step of a run's low half is multiplied by. */
export const RUN_FACTOR = 0x01000193

export function wordsOf(text: string): readonly string[] {
  return wordsInFolded(foldForMatching(text))
}

/** The same words, with a space between any two. */
export function joinedWords(text: string): string {
  return joinFolded(foldForMatching(text))
}

/** Of text that was folded, in whichever strength: its words, with a space between any two. */
export function joinFolded(folded: string): string {
  if (!PLAIN_ASCII.test(folded)) return wordsInFolded(folded).join(' ')
  return folded.replace(NO_ASCII_WORD, ' ').trim()
}

function wordsInFolded(folded: string): readonly string[] {
  return folded.match(PLAIN_ASCII.test(folded) ? ASCII_WORD : WORD) ?? []
}

/** The low half of each word's fingerprint, in order: what runs are told apart by. `joined`: as `joinedWords` has them. */
export function printsOf(joined: string): Int32Array {
  const prints = new Int32Array((joined.length + 1) >>> 1)
  let count = 0
  let print = FIRST_PRINT
  for (let at = 0; at <= joined.length; at++) {
    const unit = at < joined.length ? joined.charCodeAt(at) : SPACE
    if (unit !== SPACE) print = Math.imul(print ^ unit, PRINT_FACTOR)
    else if (at > 0) {
      prints[count++] = mix(print)
      print = FIRST_PRINT
    }
  }
  return prints.subarray(0, count)
}

/** A fingerprint under 2^53 for every run of `length` words, in order; none for a shorter text. */
export function runsOf(prints: Int32Array, length: number): Float64Array {
  const runs = new Float64Array(Math.max(0, prints.length - length + 1))
  for (let start = 0; start < runs.length; start++) runs[start] = runAt(prints, start, length)
  return runs
}

export function runAt(prints: Int32Array, start: number, length: number): number {
  let one = 0
  let other = length
  for (let at = start; at < start + length; at++) {
    const word = prints[at] ?? 0
    one = Math.imul(one, RUN_FACTOR) + word
    other = Math.imul(other ^ word, 0x5bd1e995)
    other ^= other >>> 15
  }
  return (other & 0x1fffff) * 4_294_967_296 + (one >>> 0)
}
