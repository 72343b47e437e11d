/**
 * How long a review may take. What it waits for other calls to pass is no time of the judge's: a candidate whose reviews had to wait
 * would be taken for one that cannot be judged, and halted. Sets timers through the port that it is given.
 */

export type ReviewLimit = {
  /** Fires when the time is up. */
  readonly signal: AbortSignal
  /** As `CallOptions` has it: no time runs, until all calls that wait have their turn; then it begins anew. */
  readonly onWait: () => () => void
}

export function createReviewLimit(ms: number, timeout: (ms: number) => AbortSignal): ReviewLimit {
  const controller = new AbortController()
  let waiting = 0
  let current: AbortSignal | null = null
  const begin = (): void => {
    const timer = timeout(ms)
    current = timer
    const expire = () => {
      if (current === timer) controller.abort(timer.reason)
    }
    if (timer.aborted) expire()
    else timer.addEventListener('abort', expire, { once: true })
  }
  begin()
  return {
    signal: controller.signal,
    onWait() {
      waiting++
      current = null
      return () => {
        waiting--
        if (waiting === 0) begin()
      }
    },
  }
}
