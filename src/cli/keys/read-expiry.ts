/** When a key or a token ends, as people give it to a command. What is over would open nothing. Reads the clock. */
import { UsageError } from '../shell/io.ts'
import { readTime } from '../shell/read-time.ts'

/** In milliseconds since 1970: the end of a day (UTC), or of a span. @throws UsageError. */
export function readExpiry(text: string, option: string): number {
  const now = Date.now()
  const ends = Date.parse(readTime(option, text, { now, edge: 'to' }))
  if (ends > now) return ends
  throw new UsageError(`Set ${option} to a day that is not over, as 2027-01-31, or 30d: ${text}`)
}
