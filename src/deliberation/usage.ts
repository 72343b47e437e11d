/** What the calls of one deliberation cost: tokens summed, times summed, waits measured. Pure, but for the clock it is given. */
import type { CallTimings, TokenDetails, Usage } from '../conversation/model.ts'
import type { Clock } from '../lib/clock.ts'

/** The sum of what upstreams counted; null where none of them did. */
export function sumUsage(usages: readonly (Usage | null)[]): Usage | null {
  const counted = usages.filter((usage) => usage !== null)
  if (counted.length === 0) return null
  const total = (field: 'promptTokens' | 'completionTokens' | 'reasoningTokens') =>
    counted.reduce((sum, usage) => sum + (usage[field] ?? 0), 0)
  const isSplit = counted.some((usage) => usage.reasoningTokens !== null)
  return {
    promptTokens: total('promptTokens'),
    completionTokens: total('completionTokens'),
    reasoningTokens: isSplit ? total('reasoningTokens') : null,
    promptDetails: sumCounts(counted.map(({ promptDetails }) => promptDetails)),
    completionDetails: sumCounts(counted.map(({ completionDetails }) => completionDetails)),
  }
}

/** What nobody counted stays absent: a count of 0 would be one that somebody made. */
function sumCounts(parts: readonly TokenDetails[]): TokenDetails {
  const sums: Record<string, number> = {}
  for (const counts of parts) {
    for (const [name, tokens] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + tokens
  }
  return sums
}

/** The timings of calls made one after the other, as of one call. */
export function sumTimings(timings: readonly CallTimings[]): CallTimings {
  return {
    firstByteMs: timings[0]?.firstByteMs ?? 0,
    totalMs: timings.reduce((sum, timing) => sum + timing.totalMs, 0),
    tries: timings.reduce((sum, timing) => sum + timing.tries, 0),
  }
}

/** Measures the time in which at least one of several overlapping waits is under way. One per deliberation. */
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
