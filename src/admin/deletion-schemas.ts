/** The deletion of a person as the admin surface takes it and tells of it. Schemas, no I/O. */
import * as z from 'zod'
import { nameSchema, timeSchema } from './common-schemas.ts'

export const deletionQuerySchema = z.strictObject({
  subject: z
    .string()
    .min(1)
    .max(1_000)
    .describe(
      'With `tenant`: what the client sent as safety_identifier, else as user, else the sub of its token. Without: the `subject` of a row',
    ),
  tenant: nameSchema.optional(),
})

const exportSchema = z.object({
  id: z.string(),
  time: timeSchema,
  actor: z.string(),
  format: z.string(),
  filters: z.looseObject({}),
  manifestDigest: z.string(),
  transcripts: z.int().describe('So many of the subject went into it'),
})

export const deletedSchema = z.object({
  transcripts: z.int(),
  labels: z.int(),
  candidateReviews: z.int(),
  exports: z.array(exportSchema).describe('What holds the subject outside of the gateway'),
})
