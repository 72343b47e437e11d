/**
 * Simple disguises of a word taken off: digits for letters, letters apart, look-alike letters, base64. Pure.
 * Every result is only a further word to look up: a wrong guess that is in no policy changes nothing.
 */

import { toLatinLetters } from './look-alikes.ts'

const LEET: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '@': 'a',
  $: 's',
  '!': 'i',
  '|': 'l',
  '+': 't',
}
/** Without one of these there is nothing to find, and to see that is cheap. */
const LEET_SIGN = /[0-9@$!|]/
const LEET_WORD =
  /(?<![\w@$!|+*])(?=[a-z0-9@$!|+]*[a-z])(?=[a-z0-9@$!|+]*[0-9@$!|])[a-z0-9@$!|+]{3,24}/g

const APART = /(?<![\p{L}\p{N}])\p{L}(?:[ ._*\-–/|]{1,2}\p{L}(?![\p{L}\p{N}])){3,}/gu

const OTHER_LETTER = /(?!\p{ASCII})[\p{L}\p{N}]/u
const WORD = /[\p{L}\p{N}]+/gu
const LATIN_LETTER = /[a-z]/

const BASE64 = /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{20,4000}={0,2}(?![A-Za-z0-9+/])/g
const MAX_PEEKS = 4

/** Words hidden in folded text, unmasked; empty for ordinary text. */
export function unmaskWords(folded: string): readonly string[] {
  const words: string[] = []
  for (const [word] of LEET_SIGN.test(folded) ? folded.matchAll(LEET_WORD) : []) {
    const letters = word.replace(/[0134578@$!|+]/g, (sign) => LEET[sign] ?? sign)
    words.push(letters)
    if (/[1!|]/.test(word)) {
      words.push(word.replace(/[1!|]/g, 'l').replace(/[034578@$+]/g, (sign) => LEET[sign] ?? sign))
    }
  }
  for (const [spaced] of folded.matchAll(APART)) words.push(spaced.replace(/[^\p{L}]/gu, ''))
  for (const [word] of OTHER_LETTER.test(folded) ? folded.matchAll(WORD) : []) {
    // A word of one script is what it says; only one of two pretends.
    const latin = OTHER_LETTER.test(word) && LATIN_LETTER.test(word) ? toLatinLetters(word) : word
    if (latin !== word) words.push(latin)
  }
  return words
}

/** Texts that stand in base64 within a text, where they decode to something readable. */
export function peekBase64(text: string): readonly string[] {
  const found: string[] = []
  for (const [code] of text.matchAll(BASE64)) {
    if (found.length >= MAX_PEEKS) break
    const decoded = decode(code)
    if (decoded !== null) found.push(decoded)
  }
  return found
}

function decode(code: string): string | null {
  try {
    const bytes = Uint8Array.from(atob(code.replace(/={1,2}$/, '')), (sign) => sign.charCodeAt(0))
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    // Long words of letters decode too, to noise: readable text has spaces and no control characters.
    return /\s/.test(text) && !/[^\P{Cc}\s]/u.test(text) ? text : null
  } catch {
    return null
  }
}
