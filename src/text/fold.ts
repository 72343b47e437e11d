/**
 * Which text is the same text, in two strengths. Pure; the time taken grows with the text alone.
 *
 * For matching: compatibility forms, case and zero widths do not count. Duplicates, splits and overlaps are keyed by it, so that
 * what it gives may never change; selection goes on from there without accents.
 * For secrecy: accents and marks, everything invisible, and which of the letters that look alike was taken do not count either.
 *
 * Folded text is only for comparing: it is never shown, stored or sent.
 */
import { withoutInvisible, withoutUnseen, withoutZeroWidth } from './invisible.ts'
import { toLatinLetters } from './look-alikes.ts'

/** ASCII, and the quotation marks and dashes of good typography, which are no letters and have no other form. */
const PLAIN = /^[\t\n\r -~\u2010\u2012-\u2015\u2018-\u201f\u2022]*$/

/**
 * As many marks on one letter as UAX 15 lets text in streams have: to put more of them in order takes longer than in proportion.
 * The two of half width are letters that become marks.
 */
const EXCESS_MARKS = /([\p{M}\uff9e\uff9f]{30})[\p{M}\uff9e\uff9f]+/gu

export function withoutExcessMarks(text: string): string {
  return text.replace(EXCESS_MARKS, '$1')
}

const LONG_CHARACTERS = 64 * 1024
const MAX_GROWTH = 2

/** NFKC within bounds: one character may stand for eighteen, and a long text of such stays as it is. */
function toCompatible(text: string): string {
  const bounded = withoutExcessMarks(text)
  const isLong = bounded.length > LONG_CHARACTERS && growsMuch(bounded)
  return isLong ? bounded : bounded.normalize('NFKC')
}

/** Piece by piece, so that what has grown is never held as a whole. */
function growsMuch(text: string): boolean {
  let length = 0
  for (let at = 0; at < text.length; at += LONG_CHARACTERS) {
    length += text.slice(at, at + LONG_CHARACTERS).normalize('NFKC').length
    if (length > MAX_GROWTH * text.length) return true
  }
  return false
}

/** Accents count, as they do for whoever sorts or counts words. */
export function foldForMatching(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase()
  return withoutZeroWidth(toCompatible(text)).toLowerCase()
}

/**
 * Accents of Latin, Greek and Cyrillic, and the vowel points of Arabic and Hebrew. Vowel signs of Indic scripts stay, and so
 * do the hook, horn and dot below of Vietnamese, without which most of its syllables fall together.
 */
const ACCENTS =
  /[\u0300-\u0308\u030a-\u031a\u031c-\u0322\u0324-\u036f\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f\u0670]/g

/** As they are written where the letter is not at hand; what they look like is another matter (þ is no th to the eye). */
const WRITTEN_AS: Readonly<Record<string, string>> = {
  ß: 'ss',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  ı: 'i',
  æ: 'ae',
  œ: 'oe',
  þ: 'th',
  ى: 'ي',
  ة: 'ه',
  ٱ: 'ا',
  ـ: '',
}
const SPECIAL_LETTER = /[ßøđðłıæœþىةٱـ]/g

/** For matching, as people type: without accents, and "can't" is "cant". */
export function foldForSelection(text: string): string {
  const folded = foldForMatching(text)
  const plain = PLAIN.test(folded)
    ? folded
    : withoutExcessMarks(withoutInvisible(folded))
        .normalize('NFD')
        .replace(ACCENTS, '')
        .normalize('NFC')
        .replace(SPECIAL_LETTER, (letter) => WRITTEN_AS[letter] ?? letter)
  return plain.replace(/n['’]t\b/g, 'nt')
}

const MARKS = /\p{M}+/gu
/** Each stands for a whole sentence, by which a text of them would grow eighteenfold. */
const SENTENCES = /[\ufdfa\ufdfb]/g
/** Compatibility would make a sigma of what is drawn as a c. */
const LUNATE_SIGMA = /[\u03f2\u03f9]/g

/**
 * The letters that a reader sees, small and without marks: half of the fold for secrecy, for who looks for words with patterns.
 * Marks go before the forms are made, so that none need be put in order.
 */
export function toSeenLetters(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase()
  const bare = withoutUnseen(text)
    .replace(SENTENCES, ' ')
    .replace(LUNATE_SIGMA, 'c')
    .normalize('NFKD')
    .replace(MARKS, '')
  return toLatinLetters(bare).toLowerCase()
}

export function foldForSecrecy(text: string): string {
  return joinLookAlikes(toSeenLetters(text))
}

/**
 * The other half, on letters as they are seen: i, l and 1 look alike to everyone, o and 0 too; and a Greek letter may have a capital
 * like N or Y and a small one like v or u, so that only who joins those can leave case out of account.
 */
export function joinLookAlikes(seen: string): string {
  return seen
    .replaceAll('l', 'i')
    .replaceAll('1', 'i')
    .replaceAll('0', 'o')
    .replaceAll('v', 'n')
    .replaceAll('y', 'u')
}
