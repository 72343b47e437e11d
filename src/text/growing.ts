/** Numbers by place, in flat pieces that are added as they are written: no object for each, and nothing copied to grow. */

const PIECE_BITS = 16
const PIECE = 2 ** PIECE_BITS
const WITHIN = PIECE - 1

export type Numbers = {
  get(at: number): number
  set(at: number, value: number): void
}

type Flat = Uint8Array | Int32Array | Uint32Array

/** What was never written reads as 0. */
export function createNumbers(make: (length: number) => Flat): Numbers {
  const pieces: Flat[] = []
  return {
    get: (at) => pieces[at >>> PIECE_BITS]?.[at & WITHIN] ?? 0,
    set(at, value) {
      while (pieces.length <= at >>> PIECE_BITS) pieces.push(make(PIECE))
      const piece = pieces[at >>> PIECE_BITS]
      if (piece) piece[at & WITHIN] = value
    },
  }
}
