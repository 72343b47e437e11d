/** The small words of the admin surface: ids, names, times, pages. Schemas, no I/O. */
import * as z from 'zod'
import { type Edge, MOMENT_PATTERN, readMoment } from '../lib/moments.ts'
import { DIGEST, POLICY_ID } from '../revisions/revision.ts'

export const MAX_PAGE = 200
const DEFAULT_PAGE = 50

/** What is said of text that a pattern does not take: people are told words. */
export const form = (words: string) => ({ error: `Send it in the form of ${words}` })

export const POLICY_ID_WORDS = 'an id: lower-case letters, digits and hyphens'

export const policyIdSchema = z.string().regex(POLICY_ID, form(POLICY_ID_WORDS))
export const digestSchema = z.string().regex(DIGEST, form('a digest: 64 lower-case hex digits'))

/** How a digest begins. */
export const digestPrefixSchema = z
  .string()
  .regex(/^[0-9a-f]{4,64}$/, form('the beginning of a digest: 4 to 64 lower-case hex digits'))

/** No control characters and no lone surrogates: not every database takes them, and the audit log cannot hash them. */
export const nameSchema = z
  .string()
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, form('a name: 1 to 200 characters, and no control characters'))

/** A moment in milliseconds since the epoch. */
export const timeSchema = z.int().min(0)

export const transcriptIdSchema = z
  .string()
  .regex(/^tr_[0-9a-f]{32}$/, form('an id of a transcript: tr_ and 32 hex digits'))

/** The place where the next page of transcripts begins. */
export const transcriptCursorSchema = z
  .string()
  .regex(/^\d{1,15}\.tr_[0-9a-f]{32}$/, form('`next` of the page before'))
  .optional()
  .describe('The `next` of the page before')

export const revisionNumberSchema = z.int().min(0)

/** How many a page holds at most. */
export const limitParameter = z.coerce
  .number<string>()
  .int()
  .min(1)
  .max(MAX_PAGE)
  .default(DEFAULT_PAGE)

/** A day, or a moment of it: where a range begins, or where it ends. */
export function momentParameter(edge: Edge) {
  const error = 'Send a day as 2027-01-31, or a moment as 2027-01-31T12:00:00Z'
  return z
    .string()
    .regex(MOMENT_PATTERN, { error, abort: true })
    .refine((text) => readMoment(text, edge) !== null, { error })
}
