/**
 * MinHash signatures over word 5-grams: two texts have as many equal values as their sets of 5-grams overlap. Pure.
 * 64 hashes of 8 bits: small enough that a million signatures stay in memory, and four of them are one band of the index.
 */
import { printsOf, runsOf } from './words.ts'

export const HASHES = 64
const WORDS_IN_RUN = 5

/** How many numbers a signature has; each holds four values, and is a band. */
export const SIGNATURE_WORDS = HASHES / 4

const multipliers = Int32Array.from({ length: HASHES }, (_, index) => spread(index + 1) | 1)
const offsets = Int32Array.from({ length: HASHES }, (_, index) => spread(index + 1001))

export function signatureOf(words: readonly string[]): Uint32Array {
  return signatureOfPrints(printsOf(words.join(' ')))
}

/** `prints`: of a text's words, in order. */
export function signatureOfPrints(prints: Int32Array): Uint32Array {
  const runs = runsOf(prints, Math.max(1, Math.min(WORDS_IN_RUN, prints.length)))
  const least = new Uint32Array(HASHES).fill(0xffffffff)
  for (const run of runs) {
    const hash = spread((run | 0) ^ Math.imul(Math.trunc(run / 4_294_967_296), 0x9e3779b1))
    for (let index = 0; index < HASHES; index++) {
      const value = (Math.imul(hash, multipliers[index] ?? 1) + (offsets[index] ?? 0)) >>> 0
      if (value < (least[index] ?? 0)) least[index] = value
    }
  }
  const signature = new Uint32Array(SIGNATURE_WORDS)
  for (let index = 0; index < HASHES; index++) {
    const at = index >>> 2
    signature[at] = (signature[at] ?? 0) | ((spread(least[index] ?? 0) & 0xff) << ((index & 3) * 8))
  }
  return signature
}

/** Values that two texts without a common word have in common all the same. */
const BY_CHANCE = 1 / 256

/** How many equal values stand for a share (0 to 1) of common 5-grams. */
export function equalFor(share: number): number {
  return Math.ceil(HASHES * (share + (1 - share) * BY_CHANCE))
}

/** How many of the four values in a number equal those of another. */
export function equalValues(one: number, other: number): number {
  const difference = one ^ other
  return (
    ((difference & 0xff) === 0 ? 1 : 0) +
    ((difference & 0xff00) === 0 ? 1 : 0) +
    ((difference & 0xff0000) === 0 ? 1 : 0) +
    ((difference & 0xff000000) === 0 ? 1 : 0)
  )
}

/** MurmurHash3's last step: every bit of the input reaches every bit of the output. */
export function spread(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
