/**
 * MinHash signatures over word 5-grams (Broder, "On the resemblance and containment of documents", 1997): two texts have as many equal
 * values as their sets of 5-grams overlap. Pure.
 * 64 hashes of 8 bits (b-bit minwise hashing: Li and König, 2010): small enough that a million signatures stay in memory. What they
 * tell of a share s is off by sqrt(s(1-s)/64), 0.05 at 0.8. Four of them are one band of the index (16 bands of 4: Leskovec, Rajaraman
 * and Ullman, "Mining of Massive Datasets", 3.4): of pairs that share 0.8 one in 4,000 meets in none; below, two are (32 bands of 2).
 */
import { printsOf, runsOf } from './words.ts'

export const HASHES = 64
const WORDS_IN_RUN = 5

/** Each holds four values, and is a band. */
export const BANDS = HASHES / 4

/** How many numbers a signature has: the bands, and behind them what stands for the numbers in the text. */
export const SIGNATURE_WORDS = BANDS + 1

const multipliers = Int32Array.from({ length: HASHES }, (_, index) => spread(index + 1) | 1)
const offsets = Int32Array.from({ length: HASHES }, (_, index) => spread(index + 1001))

/** `numbers`: as `numbersIn` gives them. */
export function signatureOf(words: readonly string[], numbers = 0): Uint32Array {
  const least = createLeast()
  addRuns(least, runsIn(printsOf(words.join(' '))), 1)
  return pack(least, numbers)
}

/**
 * Of a prompt and its answer, each of the same weight however long it is: two pairs are near where both are. Else a stock refusal
 * made all short prompts alike, and a long document all questions about it.
 */
export function signatureOfPair(
  prompt: Int32Array,
  answer: Int32Array,
  numbers: number,
): Uint32Array {
  const [asked, said] = [runsIn(prompt), runsIn(answer)]
  const least = createLeast()
  addRuns(least, asked, copiesFor(asked, said))
  addRuns(least, said, copiesFor(said, asked))
  return pack(least, numbers)
}

function runsIn(prints: Int32Array): Float64Array {
  return runsOf(prints, Math.max(1, Math.min(WORDS_IN_RUN, prints.length)))
}

/** How often the runs of one count, to be as many as those of the other: no whole number, and a word more changes little. */
function copiesFor(one: Float64Array, other: Float64Array): number {
  return one.length === 0 ? 0 : Math.max(1, other.length / one.length)
}

function createLeast(): Uint32Array {
  return new Uint32Array(HASHES).fill(0xffffffff)
}

function addRuns(least: Uint32Array, runs: Float64Array, copies: number): void {
  for (const run of runs) {
    const first = spread((run | 0) ^ Math.imul(Math.trunc(run / 4_294_967_296), 0x9e3779b1))
    // Of a part of a copy, the run itself says whether it is there.
    const whole = copies - (spread(first ^ 0x5bd1e995) >>> 0) / 4_294_967_296
    for (let copy = 0; copy < whole; copy++) {
      const hash = copy === 0 ? first : spread(first ^ Math.imul(copy, 0x27d4eb2f))
      for (let index = 0; index < HASHES; index++) {
        const value = (Math.imul(hash, multipliers[index] ?? 1) + (offsets[index] ?? 0)) >>> 0
        if (value < (least[index] ?? 0)) least[index] = value
      }
    }
  }
}

function pack(least: Uint32Array, numbers: number): Uint32Array {
  const signature = new Uint32Array(SIGNATURE_WORDS)
  signature[BANDS] = numbers
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
