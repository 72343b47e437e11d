/**
 * Copies as JSON of a known form, read and written within a bound. I/O through the port of copies.
 * What cannot be read as its form is told apart from what is not there, and never half believed.
 */
import type * as z from 'zod'
import { beforeTimeout } from '../lib/before-timeout.ts'
import { type Copies, packCopy, unpackCopy } from '../lib/copies.ts'
import type { JsonValue } from '../lib/json.ts'

export type CheckedCopies = {
  /** Null where there is none; `unreadable` where it is not whole. */
  readonly read: <Value>(
    name: string,
    schema: z.ZodType<Value>,
  ) => Promise<Value | 'unreadable' | null>
  readonly write: (name: string, value: JsonValue) => Promise<void>
}

/** A disk or bucket that hangs must not hold up the next look at the database. */
const TIMEOUT_MS = 2_000

export function checkCopies(copies: Copies): CheckedCopies {
  return {
    async read(name, schema) {
      const text = await beforeTimeout(copies.read(name), TIMEOUT_MS, late)
      if (text === null) return null
      const parsed = schema.safeParse(await unpackCopy(text))
      return parsed.success ? parsed.data : 'unreadable'
    },
    async write(name, value) {
      await beforeTimeout(copies.write(name, await packCopy(value)), TIMEOUT_MS, late)
    },
  }
}

function late(): never {
  throw new Error('The copies took too long')
}
