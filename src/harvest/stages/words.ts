/**
 * Text as fingerprints of its words and of runs of them: what duplicates and overlaps are found by. Pure.
 * Case, punctuation and white space do not count. In scripts that write no spaces a letter is a word.
 */
import { fingerprint } from '../../deliberation/fingerprint.ts'

const WORD =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]|[\p{L}\p{N}\p{M}]+/gu
const INVISIBLE = /[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]/g
const PLAIN_ASCII = /^[\t\n\r -~]*$/
const ASCII_WORD = /[a-z0-9]+/g

export function wordsOf(text: string): readonly string[] {
  if (PLAIN_ASCII.test(text)) return text.toLowerCase().match(ASCII_WORD) ?? []
  return text.normalize('NFKC').replace(INVISIBLE, '').toLowerCase().match(WORD) ?? []
}

/** A fingerprint under 2^53 for every run of `length` words, in order; none for a shorter text. */
export function runsOf(words: readonly string[], length: number): Float64Array {
  const low = Int32Array.from(words, (word) => fingerprint(word) | 0)
  const runs = new Float64Array(Math.max(0, words.length - length + 1))
  for (let start = 0; start < runs.length; start++) {
    let one = 0
    let other = length
    for (let at = start; at < start + length; at++) {
      const word = low[at] ?? 0
      one = Math.imul(one, 0x01000193) + word
      other = Math.imul(other ^ word, 0x5bd1e995)
      other ^= other >>> 15
    }
    runs[start] = (other & 0x1fffff) * 4_294_967_296 + (one >>> 0)
  }
  return runs
}
