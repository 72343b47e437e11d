/** Measures the time in which at least one of several overlapping waits is under way. One per deliberation. */
import type { Clock } from '../lib/clock.ts'

export type Stopwatch = {
  /** Awaits `wait` with the watch running. */
  during<Value>(wait: () => Promise<Value>): Promise<Value>
  /** Milliseconds so far, overlaps counted once. */
  totalMs(): number
}

export function createStopwatch(clock: Clock): Stopwatch {
  let running = 0
  let startedMs = 0
  let totalMs = 0
  return {
    async during(wait) {
      if (running++ === 0) startedMs = clock.monotonic()
      try {
        return await wait()
      } finally {
        if (--running === 0) totalMs += clock.monotonic() - startedMs
      }
    },
    totalMs: () => totalMs + (running > 0 ? clock.monotonic() - startedMs : 0),
  }
}
