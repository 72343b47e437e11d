/**
 * Times as people give them, in commands and in queries: a day, or a moment of one. Pure. Without a zone they are UTC, wherever
 * the machine is: a month is the same month for everybody.
 */

/** Where a span of time begins, or where it ends. */
export type Edge = 'from' | 'to'

/** `2027-01-31`, `2027-01-31T12:00`, `2027-01-31T12:00:00.5+01:00` (RFC 3339, whose seconds and zone may be left out). */
export const MOMENT_PATTERN =
  /^\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d{2}:\d{2})?)?$/

const DAY_CHARACTERS = '2027-01-31'.length
const DAY_MS = 24 * 60 * 60 * 1000

/**
 * Milliseconds since the epoch; null for what is no time, a 30th of February among it. A day as an end is within the span: what is
 * given is where the next one begins, before which the span ends.
 */
export function readMoment(text: string, edge: Edge): number | null {
  if (!MOMENT_PATTERN.test(text)) return null
  const day = text.slice(0, DAY_CHARACTERS)
  const start = Date.parse(`${day}T00:00Z`)
  if (Number.isNaN(start) || new Date(start).toISOString().slice(0, DAY_CHARACTERS) !== day) {
    return null
  }
  if (text.length === DAY_CHARACTERS) return edge === 'to' ? start + DAY_MS : start
  const time = text.slice(DAY_CHARACTERS + 1).toUpperCase()
  const moment = Date.parse(`${day}T${time}${/Z|[+-]/.test(time) ? '' : 'Z'}`)
  return Number.isNaN(moment) ? null : moment
}

/** Both ends as they were read, for whoever finds nothing between them; null where neither was given. */
export function sayRange(from: number | null, to: number | null): string | null {
  const parts = [
    ...(from === null ? [] : [`from ${sayMoment(from)}`]),
    ...(to === null ? [] : [`before ${sayMoment(to)}`]),
  ]
  return parts.length === 0 ? null : `${parts.join(' and ')} (UTC)`
}

function sayMoment(ms: number): string {
  return new Date(ms).toISOString().replace(/(?::00)?\.000Z$/, 'Z')
}
