/** Random numbers that come again with their seed: a kill that found something can be repeated. Pure. */

export type SeededRandom = {
  readonly seed: number
  /** From 0 to 1. */
  readonly fraction: () => number
}

/** mulberry32. The seed is `CHAMBERS_SEED`, else another each time. */
export function createSeededRandom(
  seed = Number(process.env.CHAMBERS_SEED ?? Math.floor(Math.random() * 2 ** 31)),
): SeededRandom {
  let state = seed
  return {
    seed,
    fraction() {
      state = (state + 0x6d2b79f5) | 0
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
    },
  }
}
