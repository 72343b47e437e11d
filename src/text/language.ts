/**
 * The language that a text is written in, as far as its script and its commonest words tell: an ISO 639 code, or `und`. Pure and
 * deterministic, without a model. It is for choosing rows, so that it would rather not know than guess: a few words without a
 * common one among them, a list of names, or two languages in one text are `und`.
 */
import { withoutExcessMarks } from './fold.ts'
import { COMMON_WORDS, LETTERS } from './language-words.ts'

export const UNDETERMINED = 'und'

/** Of scripts that one language writes, or one that the others of the script can be told from. */
const SCRIPTS: Readonly<Record<string, readonly string[]>> = {
  Latin: [],
  Cyrillic: ['ru', 'uk', 'bg', 'sr'],
  Arabic: ['ar', 'fa', 'ur'],
  Devanagari: ['hi', 'mr', 'ne'],
  Hebrew: ['he'],
  Greek: ['el'],
  Thai: ['th'],
  Bengali: ['bn'],
  Tamil: ['ta'],
  Telugu: ['te'],
  Gujarati: ['gu'],
  Gurmukhi: ['pa'],
  Georgian: ['ka'],
  Armenian: ['hy'],
  Hangul: ['ko'],
  Han: ['zh'],
  Kana: ['ja'],
}

const SCRIPT_PATTERNS = Object.keys(SCRIPTS).map(
  (script) =>
    [
      script,
      script === 'Kana'
        ? /[\p{Script=Hiragana}\p{Script=Katakana}]/gu
        : new RegExp(`\\p{Script=${script}}`, 'gu'),
    ] as const,
)

const SYLLABIC: readonly string[] = ['Han', 'Kana', 'Hangul']

/** All that can come out. */
export const LANGUAGES: readonly string[] = [
  ...new Set([...Object.values(SCRIPTS).flat(), ...Object.keys(COMMON_WORDS), UNDETERMINED]),
].sort()

/** More says nothing new. */
const MAX_CHARACTERS = 8_000
/** What is no prose: code between fences, addresses. */
const NO_PROSE = /```[^`]*(?:```|$)|\bhttps?:\/\/\S+/g
const WORD = /\p{L}[\p{L}\p{M}]*/gu

export function detectLanguage(text: string): string {
  const beginning = withoutExcessMarks(text.slice(0, MAX_CHARACTERS))
  const prose = beginning.replace(NO_PROSE, ' ').normalize('NFC').toLowerCase()
  const script = scriptOf(prose)
  if (script === null) return UNDETERMINED
  const known = SCRIPTS[script] ?? []
  const [only, ...others] = known
  if (only !== undefined && others.length === 0) return only
  return bestOf(prose, script === 'Latin' ? LATIN : known)
}

const LATIN = Object.keys(COMMON_WORDS).filter(
  (language) => !Object.values(SCRIPTS).flat().includes(language),
)

/** The one in which most is written, where it is more than twice what any other is; null where there is none. */
function scriptOf(prose: string): string | null {
  const counts = new Map(
    SCRIPT_PATTERNS.map(([script, pattern]) => {
      // A sign of these says as much as three letters.
      const weight = SYLLABIC.includes(script) ? 3 : 1
      return [script, (prose.match(pattern)?.length ?? 0) * weight]
    }),
  )
  // Japanese is written in both; the odd syllable in Chinese makes none.
  const [kana, han] = [counts.get('Kana') ?? 0, counts.get('Han') ?? 0]
  const isJapanese = kana * 10 > han
  counts.set('Kana', isJapanese ? kana + han : 0)
  counts.set('Han', isJapanese ? 0 : han + kana)
  const [first, second] = [...counts].toSorted(([, one], [, other]) => other - one)
  if (!first || first[1] === 0) return null
  return first[1] > 2 * (second?.[1] ?? 0) ? first[0] : null
}

/** By word: the languages that have it. */
const WORDS: ReadonlyMap<string, readonly string[]> = indexWords()

function indexWords() {
  const index = new Map<string, string[]>()
  for (const [language, words] of Object.entries(COMMON_WORDS)) {
    for (const word of new Set(words.split(' '))) {
      index.set(word, [...(index.get(word) ?? []), language])
    }
  }
  return index
}

/** Below it a word or two decide by chance. */
const MIN_SCORE = 1
const MARGIN = 1.15

/** A word counts the less, the more of the languages share it. */
function bestOf(prose: string, among: readonly string[]): string {
  const scores = new Map<string, number>()
  const add = (languages: readonly string[]) => {
    const shared = languages.filter((language) => among.includes(language))
    for (const one of shared) scores.set(one, (scores.get(one) ?? 0) + 1 / shared.length)
  }
  for (const [word] of prose.matchAll(WORD)) add(WORDS.get(word) ?? [])
  for (const { letters, languages } of LETTERS) {
    for (const _ of prose.matchAll(letters)) add(languages)
  }
  const [first, second] = [...scores].toSorted(([, one], [, other]) => other - one)
  if (!first || first[1] < MIN_SCORE) return UNDETERMINED
  return first[1] >= MARGIN * (second?.[1] ?? 0) ? first[0] : UNDETERMINED
}
