/** From when to when, as people say it to a command. Pure. */
import { type Edge, readMoment } from '../../lib/moments.ts'
import type { Options, ValuesOf } from './declare-command.ts'
import { UsageError } from './io.ts'

/** A day, or a moment of it; both days are within. */
export const RANGE = {
  from: { takes: 'DATE', says: 'From this day (UTC) or moment on', read: readFrom },
  to: {
    takes: 'DATE',
    says: 'Until the end of this day (UTC), or before this moment',
    read: readTo,
  },
} as const satisfies Options

/** @throws UsageError where the end comes before the beginning. */
export function requireRange({ from, to }: ValuesOf<typeof RANGE>): void {
  if (from === undefined || to === undefined || from < to) return
  const [begin, end] = [from, to].map((ms) => new Date(ms).toISOString())
  throw new UsageError(`Set --to to a time after --from: it ends at ${end}, and begins at ${begin}`)
}

function readFrom(text: string, option: string): number {
  return readEdge(text, option, 'from')
}

function readTo(text: string, option: string): number {
  return readEdge(text, option, 'to')
}

function readEdge(text: string, option: string, edge: Edge): number {
  const moment = readMoment(text, edge)
  if (moment !== null) return moment
  throw new UsageError(
    `Set ${option} to a day like 2027-01-31, or a moment like 2027-01-31T12:00Z: ${text}`,
  )
}
