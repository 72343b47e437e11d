/** The small words of the admin surface: ids, names, times, pages. Schemas, no I/O. */
import * as z from 'zod'
import { DIGEST, POLICY_ID } from '../revisions/revision.ts'

export const MAX_PAGE = 200
const DEFAULT_PAGE = 50

export const policyIdSchema = z.string().regex(POLICY_ID)
export const digestSchema = z.string().regex(DIGEST)

/** No control characters and no lone surrogates: not every database takes them, and the audit log cannot hash them. */
export const nameSchema = z
  .string()
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u)

/** A moment in milliseconds since the epoch. */
export const timeSchema = z.int().min(0)

export const transcriptIdSchema = z.string().regex(/^tr_[0-9a-f]{32}$/)

export const revisionNumberSchema = z.int().min(0)

/** How many a page holds at most. */
export const limitParameter = z.coerce
  .number<string>()
  .int()
  .min(1)
  .max(MAX_PAGE)
  .default(DEFAULT_PAGE)
