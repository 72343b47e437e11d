/** Whether and how long to wait before a call is tried again. Pure, but for the clock and the dice it is given. */
import type { Clock, Random } from '../lib/clock.ts'

const FIRST_WAIT_MS = 400
const LONGEST_WAIT_MS = 4_000
/** A server that asks for more is better heard by the client, which may have other work. */
const LONGEST_ASKED_MS = 8_000

/** Statuses that may pass on a second try: the rest of the 4xx will not. */
export function isRetryableStatus(status: number, headers: Headers): boolean {
  const advice = headers.get('x-should-retry')
  if (advice === 'false') return false
  return status === 408 || status === 409 || status === 429 || status >= 500
}

/** Doubles with each try, with a jitter of half its length, so that many callers do not come back at once. */
export function backoffMs(tries: number, random: Random): number {
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1))
  return wait * (0.5 + random.fraction() / 2)
}

/** What the server asked for in milliseconds; null when it did not say, `too_long` when it is not worth the wait. */
export function askedWaitMs(headers: Headers, clock: Clock): number | null | 'too_long' {
  const asked = readAsked(headers, clock)
  if (asked === null) return null
  return asked > LONGEST_ASKED_MS ? 'too_long' : Math.max(0, asked)
}

function readAsked(headers: Headers, clock: Clock): number | null {
  const ms = Number.parseFloat(headers.get('retry-after-ms') ?? '')
  if (Number.isFinite(ms)) return ms
  const after = headers.get('retry-after')
  if (after === null) return null
  if (/^\s*\d+(?:\.\d+)?\s*$/.test(after)) return Number.parseFloat(after) * 1000
  const date = Date.parse(after)
  return Number.isFinite(date) ? date - clock.now() : null
}
