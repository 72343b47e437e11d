/**
 * Which numbers a text names, and what of: two texts that differ in one are two, however alike the rest is. Pure.
 * Digits of any script count, with their sign, their fractions, the currency before them and the word or unit after them; numbers in
 * words do not, but for those that are written as Han numerals. A negation is a word like others.
 */
import { foldForMatching } from './fold.ts'
import { hash32 } from './hash32.ts'

const NUMBER =
  /[\p{Sc}\-−]{0,3}(?:\p{N}|[〇零一二三四五六七八九十百千万億亿])+(?:[.,:/٫٬](?=\p{N})\p{N}+)*(?:\s?[%‰٪°\p{Sc}])?(?:[\s°]?(?=[\p{L}µ])[\p{L}\p{M}µ]{1,12})?/gu

/** A fingerprint of 32 bits of all of them, in order; 0 for none. */
export function numbersIn(text: string): number {
  const found = foldForMatching(text).match(NUMBER)
  return found ? hash32(found.join('\n').replace(/\s/g, '\n')) : 0
}
