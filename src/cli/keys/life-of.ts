/** How long a key or a token is good, in words for a list. Pure. Whose end is near is told so, while there is time for another. */
import { DAY_MS } from '../../lib/time-spans.ts'
import { spanOf } from '../shell/table.ts'

const NEAR_MS = 14 * DAY_MS

type Life = { readonly expires: number | null; readonly revoked: number | null }

export function lifeOf({ expires, revoked }: Life, now: number): string {
  if (revoked !== null) return 'revoked'
  if (expires === null) return 'live'
  if (expires <= now) return `ended ${lastDay(expires)}`
  const left = expires - now
  return `until ${lastDay(expires)}${left < NEAR_MS ? ` (${spanOf(left)} left)` : ''}`
}

/** The last day on which it is good. */
export function lastDay(end: number): string {
  return new Date(end - 1).toISOString().slice(0, 10)
}
