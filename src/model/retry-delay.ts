/** How long to wait before a call is made again, by what its server advises. Pure, but for the clock it is given. */
import type { Backoff } from '../lib/backoff.ts'
import type { Clock } from '../lib/clock.ts'

export const CALL_BACKOFF_MS: Backoff = { first: 400, longest: 4_000 }

/** A server that asks for more is better heard by the client, which may have other work. */
const LONGEST_ASKED_MS = 8_000

/** Milliseconds; null where the server did not say, `too_long` where it is not worth the wait or another try no use. */
export type AskedWait = number | null | 'too_long'

/** How long the server asked to be left alone. */
export function askedWaitMs(headers: Headers, clock: Clock): AskedWait {
  if (headers.get('x-should-retry') === 'false') return 'too_long'
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
