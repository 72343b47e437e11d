/** Reads a whole number that an option was given. Pure. */
import { UsageError } from './io.ts'

/** Null where the option was left out. @throws UsageError for anything but a whole number from 1 to `most`. */
export function readCount(option: string, text: string | undefined, most: number): number | null {
  if (text === undefined) return null
  const count = Number(text)
  if (/^\d+$/.test(text) && count >= 1 && count <= most) return count
  throw new UsageError(`Set ${option} to a whole number from 1 to ${most}: ${text}`)
}
