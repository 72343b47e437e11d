/**
 * What looks for personal data in a text, and the one form in which texts are looked at. Pure. Digits of every script and the wide
 * signs of East Asia are read as ASCII, sign for sign, so that what is found there stands at the same place in the text itself.
 */
import type { RedactionKind } from './kinds.ts'

export type Found = {
  readonly kind: RedactionKind
  readonly start: number
  readonly end: number
  /** The form in which the same value is the same. */
  readonly value: string
}

/** Looks at a text as `plainSigns` gives it. */
export type Finder = (text: string) => Iterable<Found>

/** In place of what an earlier finder took: no letter, no digit, no space. */
export const TAKEN = '\ufffc'

const FOREIGN = /[\p{Nd}\uff01-\uff5e\u2010-\u2015\u2212\u3000\u00a0\u2000-\u200a\u202f\u205f]/gu

/** As long as the text, and every sign at its place. Digits outside the first plane, of no living script, stay as they are. */
export function plainSigns(text: string): string {
  return text.replace(FOREIGN, (sign) => {
    if (sign < '\u0080' || sign.length > 1) return sign
    if (/\p{Nd}/u.test(sign)) return String(digitOf(sign.charCodeAt(0)))
    if (sign >= '\uff01' && sign <= '\uff5e') {
      return String.fromCharCode(sign.charCodeAt(0) - 0xfee0)
    }
    return /[\u2010-\u2015\u2212]/.test(sign) ? '-' : ' '
  })
}

/** Digits of a script come in tens, and no other digits stand right before them. */
function digitOf(code: number): number {
  let zero = code
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCharCode(zero - 1))) zero--
  return code - zero
}

export function digitsOf(text: string): string {
  return text.replace(/\D/g, '')
}

/** What stands right before a place, as far as words can tell of it. */
export function textBefore(text: string, at: number, length = 48): string {
  return text.slice(Math.max(0, at - length), at)
}

/** What stands right after one. */
export function textAfter(text: string, at: number, length = 24): string {
  return text.slice(at, at + length)
}

const FEW = /\d(?:[ ./()A-Za-z-]{0,3}\d){3}/
const MANY = /\d(?:[ ./()-]{0,3}\d){6}/

/** True where there may be a personal number: most texts have none, and are looked at no further. */
export function mayHoldId(text: string): boolean {
  return FEW.test(text)
}

/** The same of a telephone number. */
export function mayHoldPhone(text: string): boolean {
  return MANY.test(text)
}
