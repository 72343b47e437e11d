/** Times as people give them to a command. Pure. */
import { type Edge, readMoment } from '../../lib/moments.ts'
import { DAY_MS, HOUR_MS } from '../../lib/time-spans.ts'
import { UsageError } from './io.ts'

const UNITS: Readonly<Record<string, number>> = {
  h: HOUR_MS,
  d: DAY_MS,
  w: 7 * DAY_MS,
}

/**
 * A day, a moment of one, or a span from now (`12h`, `30d`, `2w`), as ISO 8601 in UTC. What begins on a day begins with it, and
 * what ends on a day ends with it. @throws UsageError.
 */
export function readTime(
  option: string,
  text: string,
  { now, edge }: { readonly now: number; readonly edge: Edge },
): string {
  const [, count, unit = ''] = /^(\d{1,5})([hdw])$/.exec(text) ?? []
  const time =
    count === undefined ? readMoment(text, edge) : now + Number(count) * (UNITS[unit] ?? 0)
  if (time === null) {
    throw new UsageError(`Set ${option} to a date like 2027-01-31 or a span like 30d: ${text}`)
  }
  return isoSeconds(time)
}

/** To the second, rounded down: what begins now has begun. */
export function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
