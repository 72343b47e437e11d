/**
 * Light stemming: the forms under which a word may stand in the index. Pure.
 * It conflates inflections across European languages, Arabic and Korean; it must stay too timid to join unrelated words.
 */

const CYRILLIC_ENDING =
  /(?:иями|ями|ами|иях|ого|его|ому|ему|ыми|ими|ться|тся|ишь|ешь|ете|ите|ют|ят|ут|ает|ить|ать|еть|ах|ях|ов|ев|ей|ии|ию|ия|ие|ой|ыи|ая|яя|ое|ее|ые|ую|юю|ом|ем|ам|ям|ть|ых|их|а|я|о|е|ы|и|у|ю|ь)$/
const ARABIC_PREFIX = /^(?:(?:وال|بال|كال|فال|لل|ال)(?=.{2})|و(?=.{3}))/
const ARABIC_ENDING = /(?:هما|كما|ات|ان|ون|ين|يه|ها|هم|نا|ي|ه)$/
const HANGUL = /^[가-힣]+$/
const ARABIC = /^[؀-ۿ]+$/
const CYRILLIC = /^[а-яёіїєґ]+$/
const LATIN = /^[a-z]+$/
const VOWEL = /[aeiouy]/

/** A Korean particle can hang on a word of one syllable; longer words are found by their beginning. */
const HANGUL_PARTICLE = /(?:으로|에서|에게|까지|부터|이나|을|를|이|가|은|는|과|와|로|의|에|도|만)$/
const MAX_HANGUL_PREFIX = 8
const MAX_BEGINNING = 16

/** The one form a word of a policy is indexed under, besides itself. */
export function stem(word: string): string {
  return stemForms(word)[0] ?? word
}

/** The forms to look a word of a request up by, after the word itself; the likeliest first. */
export function stemForms(word: string): readonly string[] {
  if (LATIN.test(word)) return latinForms(word)
  if (CYRILLIC.test(word)) {
    return word.length > 4 ? [cut(word, CYRILLIC_ENDING, 3), ...beginnings(word, 5)] : []
  }
  if (ARABIC.test(word)) return arabicForms(word)
  if (HANGUL.test(word)) return hangulForms(word)
  return [word, ...beginnings(word, 4)]
}

function latinForms(word: string): readonly string[] {
  if (word.length < 4) return []
  const verb = /^(.{2,}[a-z])(ing|ed)$/.exec(word)
  if (verb?.[1] && VOWEL.test(verb[1]) && word.length > 5) {
    const base = verb[1]
    const single = /([bdgklmnprt])\1$/.test(base) ? base.slice(0, -1) : base
    return [base, singular(`${base}e`), singular(single), ...beginnings(word, 5)]
  }
  const root = singular(word)
  const plural = /[aeio]s$/.test(word) ? [word.slice(0, -2)] : []
  return [root, ...plural, ...beginnings(word, 5)]
}

/**
 * What stands where a word's final vowel was: bombe, bomba, bombas and Bomben are one word, and bang is not bangi.
 * A letter no word of the text can hold.
 */
const VOWEL_MARK = '~'

function singular(word: string): string {
  let form = word
  if (form.endsWith('ies') && form.length > 5) form = `${form.slice(0, -3)}y`
  else if (/(?:[sxz]|ch|sh)es$/.test(form) && form.length > 5) form = form.slice(0, -2)
  else if (/[^siu]s$/.test(form) && form.length > 3) form = form.slice(0, -1)
  if (form.length > 5 && form.endsWith('en')) return form.slice(0, -2) + VOWEL_MARK
  return form.length > 4 ? form.replace(/[aeio]$/, VOWEL_MARK) : form
}

/**
 * A long word's beginnings, the longest first, for compounds and rich inflection (Waffenhandel, weaponry, ножами):
 * at least `shortest` letters and six tenths of the word, so that short words never hide in long ones.
 */
function beginnings(word: string, shortest: number): readonly string[] {
  const least = Math.max(shortest, Math.ceil(word.length * 0.6))
  const forms: string[] = []
  for (let length = Math.min(word.length - 1, MAX_BEGINNING); length >= least; length--) {
    forms.push(word.slice(0, length))
  }
  return forms
}

function arabicForms(word: string): readonly string[] {
  const bare = word.replace(/[أإآ]/g, 'ا').replace(ARABIC_PREFIX, '')
  return [cut(bare, ARABIC_ENDING, 3), bare, ...beginnings(bare, 4)]
}

function hangulForms(word: string): readonly string[] {
  const forms: string[] = [cut(word, HANGUL_PARTICLE, 1)]
  for (let length = Math.min(word.length - 1, MAX_HANGUL_PREFIX); length >= 2; length--) {
    forms.push(word.slice(0, length))
  }
  return forms
}

/** Takes an ending off where enough of the word remains to tell it from others. */
function cut(word: string, ending: RegExp, remainder: number): string {
  const match = ending.exec(word)
  return match && match.index >= remainder ? word.slice(0, match.index) : word
}
