import { describe, expect, it, vi } from 'vitest'
import {
  foldForMatching,
  foldForSecrecy,
  foldForSelection,
  toSeenLetters,
} from '../../../src/text/fold.ts'
import { withoutInvisible } from '../../../src/text/invisible.ts'
import { detectLanguage } from '../../../src/text/language.ts'
import { wordRuns } from '../../../src/text/word-runs.ts'
import { INVISIBLE_SIGNS, interspersed, LOOK_ALIKE_SIGNS, MARKS } from '../../fakes/disguises.ts'

/** One character for eighteen. */
const LIGATURE = '\ufdfa'

/** Every code point, but for halves of pairs. */
function* codePoints(end = 0x110000): Iterable<string> {
  for (let point = 0; point < end; point++) {
    if (point < 0xd800 || point > 0xdfff) yield String.fromCodePoint(point)
  }
}

describe('what no one sees', () => {
  it('is at least what Unicode calls ignorable, on this engine too', () => {
    expect(INVISIBLE_SIGNS.filter((sign) => withoutInvisible(sign) !== '')).toEqual([])
    const known = new Set(INVISIBLE_SIGNS)
    const more = [...codePoints()].filter(
      (sign) => /\p{Default_Ignorable_Code_Point}/u.test(sign) && !known.has(sign),
    )
    expect(more).toEqual([])
  })
})

describe('the fold for matching', () => {
  it.each([
    ['ﬁ１Ａ', 'fi1a'],
    ['Ça VA?', 'ça va?'],
    ['zero\u200bwidth', 'zerowidth'],
    ['❤\ufe0f stays', '❤\ufe0f stays'],
    ['каша', 'каша'],
    ['Don’t', 'don’t'],
  ])('makes of %j the key that it always made', (text, folded) => {
    expect(foldForMatching(text)).toBe(folded)
  })

  it('leaves a long text as it is that would grow out of all bounds', () => {
    const long = LIGATURE.repeat(100_000)
    expect(foldForMatching(long)).toBe(long)
    const mostly = `${'ordinary words '.repeat(10_000)}${LIGATURE.repeat(100)}`
    expect(foldForMatching(mostly)).toHaveLength(mostly.length + 17 * 100)
  })
})

describe('the fold for selection', () => {
  it.each([
    ['Pöisón', 'poison'],
    ["I can't and can’t", 'i cant and cant'],
    ['Straße, Ærø', 'strasse, aero'],
    ['thuốc độc', 'thuoc dọc'],
    ['ШКОЛА', 'школа'],
    ['poi\u202eson', 'poison'],
    ['t\u{e0061}ag', 'tag'],
  ])('makes of %j what people type', (text, folded) => {
    expect(foldForSelection(text)).toBe(folded)
  })
})

describe('the fold for secrecy', () => {
  const plain = 'All of what stands in the policy, 10 times over'

  it('sees no invisible sign, whichever it is', () => {
    const other = INVISIBLE_SIGNS.filter(
      (sign) => foldForSecrecy(interspersed(plain, sign)) !== foldForSecrecy(plain),
    )
    expect(other).toEqual([])
  })

  it.each(MARKS)('sees no mark: %j', (mark) => {
    expect(foldForSecrecy(interspersed(plain, mark))).toBe(foldForSecrecy(plain))
  })

  it('takes a look-alike for what it looks like, each of Unicode’s', () => {
    const other = [...LOOK_ALIKE_SIGNS].flatMap(([latin, signs]) =>
      signs.filter((sign) => foldForSecrecy(sign) !== foldForSecrecy(latin)),
    )
    expect(other).toEqual([])
    expect([...LOOK_ALIKE_SIGNS.values()].flat().length).toBeGreaterThan(900)
  })

  it.each([
    ['Cyrillic', 'сору тніѕ техт', 'copy this text'],
    ['Greek', 'Ναme τhιs', 'name this'],
    ['small capitals', 'ᴛʜᴇ ᴘᴏʟɪᴄʏ', 'the policy'],
    ['mathematical letters', '𝓉𝒽ℯ 𝐩𝐨𝐥𝐢𝐜𝐲', 'the policy'],
    ['a lunate sigma', 'poliϲy', 'policy'],
    ['capitals that look like small letters', 'poIicy', 'policy'],
    ['digits for letters', 'po1icy 0f', 'policy of'],
    ['controls', 'po\u0001li\u0008cy', 'policy'],
    ['accents', 'pôlìçÿ', 'policy'],
  ])('sees through %s', (_, text, latin) => {
    expect(foldForSecrecy(text)).toBe(foldForSecrecy(latin))
  })

  it('leaves case out of account in every script that has any', () => {
    // No script beyond has any.
    const parted = [...codePoints(0x20000)].filter((letter) => {
      const other = letter.toUpperCase()
      const isPair = /^.$/su.test(other) && other.toLowerCase() === letter
      return isPair && foldForSecrecy(letter) !== foldForSecrecy(other)
    })
    // Of Warang Citi, whose capital looks like t and whose small letter like y.
    expect(parted).toEqual(['\u{118dc}'])
  })

  it('keeps what parts words and lines', () => {
    expect(toSeenLetters('decision：сomply；\r\n| a | b |\u0085')).toBe(
      'decision:comply;\r\n| a | b |\u0085',
    )
  })

  it('keeps words of other scripts apart', () => {
    const words = ['молоко', 'золото', 'θάλασσα', 'λόγος', '政策', 'مدرسة', 'स्कूल', 'นโยบาย']
    expect(new Set(words.map(foldForSecrecy)).size).toBe(words.length)
  })
})

describe('the work of a fold', () => {
  /** Folds, and gives all texts whose forms were made meanwhile. */
  function normalised(fold: () => unknown): readonly string[] {
    const spy = vi.spyOn(String.prototype, 'normalize')
    fold()
    const texts = spy.mock.contexts.map(String)
    spy.mockRestore()
    return texts
  }

  const folds = { foldForMatching, foldForSelection, foldForSecrecy, wordRuns, detectLanguage }
  const hostile: Readonly<Record<string, string>> = {
    'marks in no order': `a${'\u0301\u0323'.repeat(50_000)}`,
    'letters that become marks': `a${'\uff9e\u0323'.repeat(50_000)}`,
    'marks parted by what no one sees': `a${'\u0301\u200d\u0323\u2063'.repeat(30_000)}`,
    'one for eighteen': LIGATURE.repeat(100_000),
    'one for four': 'ⅷ'.repeat(100_000),
  }

  it.each(
    Object.entries(folds).flatMap(([name, fold]) =>
      Object.entries(hostile).map(([kind, text]) => [name, kind, fold, text] as const),
    ),
  )(
    '%s puts no more than thirty marks in order, and reads no text often: %s',
    (_n, _k, fold, text) => {
      const read = normalised(() => fold(text))
      const longest = read.flatMap((one) => one.match(/[\p{M}\uff9e\uff9f]+/gu) ?? [])
      expect(Math.max(0, ...longest.map((marks) => marks.length))).toBeLessThanOrEqual(30)
      const characters = read.reduce((sum, one) => sum + one.length, 0)
      expect(characters).toBeLessThanOrEqual(8 * text.length)
    },
  )

  it('gives no more for secrecy than seven characters for one', () => {
    for (const text of Object.values(hostile)) {
      expect(foldForSecrecy(text).length).toBeLessThanOrEqual(7 * text.length)
    }
  })
})
