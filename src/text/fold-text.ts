/**
 * Text to the form selection compares: compatibility forms unified, lower case, accents and invisible characters gone. Pure.
 * Only for matching: folded text is never shown, stored or sent.
 */

const ASCII = /^\p{ASCII}*$/u

/** Zero-width, bidirectional, tag and variation characters: invisible, so they can only hide a word. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu

/**
 * Accents of Latin, Greek and Cyrillic, and the vowel points of Arabic and Hebrew. Vowel signs of Indic scripts stay, and so
 * do the hook, horn and dot below of Vietnamese, without which most of its syllables fall together.
 */
const ACCENTS =
  /[\u0300-\u0308\u030a-\u031a\u031c-\u0322\u0324-\u036f\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f\u0670]/g

const LETTERS: Readonly<Record<string, string>> = {
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

export function foldText(text: string): string {
  if (ASCII.test(text)) return joinContractions(text.toLowerCase())
  const plain = text
    .normalize('NFKC')
    .replace(INVISIBLE, '')
    .toLowerCase()
    .normalize('NFD')
    .replace(ACCENTS, '')
    .normalize('NFC')
    .replace(SPECIAL_LETTER, (letter) => LETTERS[letter] ?? letter)
  return joinContractions(plain)
}

/** "can't" and "cant" are one word to everyone who types. */
function joinContractions(text: string): string {
  return text.replace(/n['’]t\b/g, 'nt')
}
