/**
 * JSON of every shape as text, from a seed: numbers that no double holds or that a writer would spell otherwise, names that are
 * whole numbers, names spelt by escapes, nesting, emptiness. Compact, and spelt as `JSON.stringify` spells strings.
 */
import { createSeededRandom } from './seeded-random.ts'

const NUMBERS = [
  '0',
  '-0',
  '7',
  '1.0',
  '-1.50',
  '0.1000',
  '1e400',
  '-1e400',
  '1E5',
  '1e-7',
  '1e-400',
  '5e-324',
  '9007199254740991',
  '9007199254740993',
  '-9223372036854775808',
  '9223372036854775807',
  '18446744073709551615',
  '3.141592653589793238462643383279',
  '100000000000000000000000',
  '1e21',
]

const NAMES = [
  '2',
  '1',
  '10',
  '01',
  '-1',
  '4294967295',
  'b',
  'a',
  '',
  'é',
  '\ud83d',
  'length',
  'toJSON',
  'rawJSON',
  'constructor',
]

const STRINGS = [
  '',
  'a',
  '9007199254740993',
  '"',
  '\\',
  '{"a":1,"a":2}',
  '1.0',
  '\ud83d\ude00',
  '\ude00',
  '\u2028',
  '\0',
  'é',
]

/** The next of a sequence that the seed alone decides. */
export function jsonTexts(seed: number): () => string {
  const random = createSeededRandom(seed)
  const below = (count: number) => Math.floor(random.fraction() * count)
  const one = (list: readonly string[]) => list[below(list.length)] ?? ''
  const value = (depth: number): string => {
    const kind = below(depth > 0 ? 7 : 4)
    if (kind === 0) return one(['true', 'false', 'null'])
    if (kind === 1) return JSON.stringify(one(STRINGS))
    if (kind <= 3) return one(NUMBERS)
    if (kind === 4) return `[${Array.from({ length: below(4) }, () => value(depth - 1)).join(',')}]`
    return object(depth)
  }
  const object = (depth: number): string => {
    const names = new Set(Array.from({ length: below(6) }, () => one(NAMES)))
    return `{${[...names].map((name) => `${JSON.stringify(name)}:${value(depth - 1)}`).join(',')}}`
  }
  return () => object(4)
}
