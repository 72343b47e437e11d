/**
 * Looks at the policies again and again, and at once when told to. No I/O of its own; for platforms where something runs
 * between requests. One look at a time: however long a database does not answer, looks never pile up.
 */
export type RefreshLoopOptions = {
  /** It never rejects. */
  readonly refresh: () => Promise<boolean>
  readonly everyMs: number
  /** A pause, ended early by the signal. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
}

export interface RefreshLoop {
  /** Something has changed: do not wait for the next turn. What is told during a look causes another one. */
  poke(): void
  /** Resolves after the first look that reached the database. */
  readonly reached: Promise<void>
  close(): Promise<void>
}

export function startRefreshLoop({ refresh, everyMs, pause }: RefreshLoopOptions): RefreshLoop {
  const firstReached = Promise.withResolvers<void>()
  let isClosing = false
  let isPoked = false
  let waking = new AbortController()

  const run = async (): Promise<void> => {
    while (!isClosing) {
      if (!isPoked) await pause(everyMs, waking.signal)
      if (isClosing) return
      isPoked = false
      waking = new AbortController()
      if (await refresh()) firstReached.resolve()
    }
  }
  const running = run()

  return {
    reached: firstReached.promise,
    poke() {
      isPoked = true
      waking.abort()
    },
    async close() {
      isClosing = true
      waking.abort()
      await running
    },
  }
}
