/** Work that outlives its response, kept until it has ended. No I/O. */
export type InFlight = {
  /** It may reject: whoever began it says what of. */
  add(work: Promise<unknown>): void
  /** Resolves when nothing is kept any more, what began meanwhile included. */
  ended(): Promise<void>
}

export function createInFlight(): InFlight {
  const kept = new Set<Promise<unknown>>()
  return {
    add(work) {
      kept.add(work)
      const forget = () => kept.delete(work)
      work.then(forget, forget)
    },
    async ended() {
      while (kept.size > 0) await Promise.allSettled(kept)
    },
  }
}
