/**
 * Runs of words of one length, to find them again in texts: what quotes and overlaps are told by. Pure but for itself. Bounded by
 * whoever adds: 12 bytes a run and their table's air, and a megabyte that tells most runs of a text to be none of them.
 */
import { createNumberIndex } from './number-index.ts'
import { RUN_FACTOR, runAt, runsOf } from './words.ts'

const MAYBE_BITS = 23
const MAYBE_MASK = 2 ** MAYBE_BITS - 1

export type RunIndex = {
  /** How many there are. */
  readonly size: number
  /** Learns the runs of a text while `hasRoom`; false: there was none for all. */
  add(prints: Int32Array, hasRoom?: () => boolean): boolean
  /** True for a text with one of the runs. */
  overlaps(prints: Int32Array): boolean
}

export function createRunIndex(length: number): RunIndex {
  const known = createNumberIndex()
  /** A bit for the low end of each run. */
  const maybe = new Uint8Array(2 ** (MAYBE_BITS - 3))
  let first = 1
  for (let step = 1; step < length; step++) first = Math.imul(first, RUN_FACTOR)
  return {
    get size() {
      return known.size
    },
    add(prints, hasRoom = () => true) {
      for (const run of runsOf(prints, length)) {
        if (!hasRoom()) return false
        known.place(run)
        const bit = run & MAYBE_MASK
        maybe[bit >>> 3] = (maybe[bit >>> 3] ?? 0) | (1 << (bit & 7))
      }
      return true
    },
    overlaps(prints) {
      if (known.size === 0 || prints.length < length) return false
      let low = 0
      for (let at = 0; at < prints.length; at++) {
        // What leaves the run was multiplied once for each word behind it.
        if (at >= length) low -= Math.imul(prints[at - length] ?? 0, first)
        low = (Math.imul(low, RUN_FACTOR) + (prints[at] ?? 0)) | 0
        if (at < length - 1) continue
        const bit = low & MAYBE_MASK
        if (((maybe[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) continue
        if (known.has(runAt(prints, at - length + 1, length))) return true
      }
      return false
    },
  }
}
