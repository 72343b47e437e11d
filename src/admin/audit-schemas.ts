/** Entries of the audit log as the admin surface tells them: whole, so that their chain can be verified. Schemas, no I/O. */
import * as z from 'zod'
import { digestSchema, policyIdSchema, timeSchema } from './common-schemas.ts'

const auditEntrySchema = z.object({
  seq: z.int().min(1).describe('Counted from 1, without gaps'),
  time: timeSchema,
  actor: z.string(),
  action: z.string(),
  policy: policyIdSchema.nullable(),
  tenant: z.string().nullable(),
  details: z.looseObject({}),
  prev: digestSchema.describe('The hash of the entry before'),
  hash: digestSchema.describe('SHA-256 of the canonical JSON (RFC 8785) of all other fields'),
})

export const auditPageSchema = z.object({
  entries: z.array(auditEntrySchema),
  next: z
    .int()
    .nullable()
    .describe('What to send as `after` for the next page; null at the end. A page may be empty'),
})
