/**
 * Rows written behind requests, on a platform where nothing outlives them: the first request of a moment waits a little
 * and writes for all that come meanwhile. I/O through `flush` alone. It holds no promise of another request's, only the
 * time until which one gathers; should that one be ended early, the next moment has another.
 */
import type { Clock } from '../../lib/clock.ts'

export type GatherOptions = {
  readonly flush: () => Promise<void>
  readonly clock: Clock
  /** How long a request gathers, in milliseconds. */
  readonly gatherMs?: number
  /** The platform's own timer when left out. */
  readonly pause?: (ms: number) => Promise<void>
}

/** The work of the request that gathers, to be waited for behind its response; null for the others. */
export type Gather = () => Promise<void> | null

/** Far under the time that a platform grants work behind a response. */
const GATHER_MS = 200

export function createGather(options: GatherOptions): Gather {
  const { flush, clock, gatherMs = GATHER_MS, pause = systemPause } = options
  let untilMs = Number.NEGATIVE_INFINITY
  return function gather() {
    if (clock.monotonic() < untilMs) return null
    untilMs = clock.monotonic() + gatherMs
    return pause(gatherMs).then(flush)
  }
}

function systemPause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
