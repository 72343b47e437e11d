/**
 * How much may be asked of an upstream in a minute: a bucket that fills steadily and may be overdrawn. No timers of its own.
 * What has begun is never made to wait, since that would eat its deadline: what it takes is paid back by a longer wait
 * before the next. So the rate holds over time, and a burst is as large as what is under way.
 */
import type { Clock } from '../../lib/clock.ts'

export type Allowance = {
  /** Takes so much, whether it is there or not. */
  spend(amount: number): void
  /** How long until something may begin; 0 for now. */
  waitMs(): number
}

/** What one upstream grants: calls, and tokens. */
export type Rates = { readonly calls: Allowance; readonly tokens: Allowance }

const MINUTE_MS = 60_000
/** So much of a minute's worth is there at the start, and at most. */
const CAPACITY_SHARE = 1 / 12

/** Null: without bounds. */
export function createAllowance(perMinute: number | null, clock: Clock): Allowance {
  if (perMinute === null) return { spend() {}, waitMs: () => 0 }
  const capacity = Math.max(1, perMinute * CAPACITY_SHARE)
  let level = capacity
  let at = clock.monotonic()
  const fill = () => {
    const now = clock.monotonic()
    level = Math.min(capacity, level + ((now - at) * perMinute) / MINUTE_MS)
    at = now
  }
  return {
    spend(amount) {
      fill()
      level -= amount
    },
    waitMs() {
      fill()
      return level > 0 ? 0 : Math.ceil(((-level + 1) * MINUTE_MS) / perMinute)
    },
  }
}

/** Each a minute; null: without bounds. */
export function createRates(
  { rpm, tpm }: { readonly rpm: number | null; readonly tpm: number | null },
  clock: Clock,
): Rates {
  return { calls: createAllowance(rpm, clock), tokens: createAllowance(tpm, clock) }
}
