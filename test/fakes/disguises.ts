/** Every way in which text can look the same and be other text, for the tests of secrecy and the splitter's fuzzer. Pure. */
import { LOOK_ALIKES } from '../../src/text/look-alikes.generated.ts'

/** Default_Ignorable_Code_Point as Unicode publishes it (DerivedCoreProperties.txt): from and to, both in it. */
const IGNORABLE: readonly (readonly [number, number])[] = [
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfff8],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff],
]

export const INVISIBLE_SIGNS: readonly string[] = IGNORABLE.flatMap(([from, to]) =>
  Array.from({ length: to - from + 1 }, (_, step) => String.fromCodePoint(from + step)),
)

/** Some of every kind: above and below, of several classes, a stroke through, one that makes a letter of its own. */
export const MARKS: readonly string[] = [
  '\u0301',
  '\u0308',
  '\u0323',
  '\u0327',
  '\u0331',
  '\u0336',
  '\u0338',
  '\u0489',
  '\u05b0',
  '\u064e',
  '\u0951',
  '\u20dd',
  '\u{1e8d0}',
]

/** By Latin letters or digits, the code points that look like them: all of Unicode's. */
export const LOOK_ALIKE_SIGNS: ReadonlyMap<string, readonly string[]> = new Map(
  LOOK_ALIKES.map(([latin, steps]) => {
    let point = 0
    const signs = steps.split(' ').map((step) => {
      point += Number.parseInt(step, 36)
      return String.fromCodePoint(point)
    })
    return [latin, signs]
  }),
)

/** The text with the sign behind each of its letters. */
export function interspersed(text: string, sign: string): string {
  return text.replace(/[a-z0-9]/gi, (letter) => letter + sign)
}

/** Look-alikes that stand for one letter alone, and can so be written for it. */
export const LETTER_DISGUISES: readonly (readonly [string, string])[] = [
  ...LOOK_ALIKE_SIGNS,
].flatMap(([latin, signs]) =>
  latin.length === 1 ? signs.map((sign) => [latin, sign] as const) : [],
)
