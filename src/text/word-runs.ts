/**
 * Runs of consecutive words, as fingerprints: how quoted text is found in an answer. Pure.
 * Case, punctuation, white space and compatibility forms do not count. In scripts that write no spaces a letter is a word.
 */
import { compatible } from './compatible.ts'
import { fingerprint } from './fingerprint.ts'

/** So many words in a row are a quotation; fewer happen by chance. */
export const RUN_WORDS = 12

const WORD =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]|[\p{L}\p{N}\p{M}]+/gu
const INVISIBLE = /[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]/g
const PLAIN_ASCII = /^[\t\n\r -~]*$/

/** The fingerprint of every run of RUN_WORDS words in the text, in order; none for a shorter text. */
export function wordRuns(text: string): readonly number[] {
  const words = wordsOf(text)
  const runs: number[] = []
  for (let index = 0; index + RUN_WORDS <= words.length; index++) {
    let hash = 0
    for (let offset = 0; offset < RUN_WORDS; offset++) {
      hash = (Math.imul(hash, 0x01000193) + (words[index + offset] ?? 0)) | 0
    }
    let other = 0
    for (let offset = 0; offset < RUN_WORDS; offset++) {
      other = (Math.imul(other ^ (words[index + offset] ?? 0), 0x5bd1e995) ^ (other >>> 15)) | 0
    }
    runs.push((other & 0x1fffff) * 4_294_967_296 + (hash >>> 0))
  }
  return runs
}

function wordsOf(text: string): readonly number[] {
  const plain = PLAIN_ASCII.test(text)
    ? text.toLowerCase()
    : compatible(text).replace(INVISIBLE, '').toLowerCase()
  const words = plain.match(WORD) ?? []
  return words.map((word) => fingerprint(word) | 0)
}
