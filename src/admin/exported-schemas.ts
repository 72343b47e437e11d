/** What was made of transcripts outside of the gateway, as it is noted. Schemas, no I/O. */
import * as z from 'zod'
import { nameSchema, timeSchema } from './common-schemas.ts'
import { transcriptIdSchema } from './transcript-schemas.ts'

const MAX_TRANSCRIPTS = 10_000
const MAX_FILTERS = 100

export const newExportSchema = z.strictObject({
  format: nameSchema.describe('What it is: golden, say'),
  filters: z
    .record(nameSchema.max(64), z.union([nameSchema, z.null()]))
    .refine((filters) => Object.keys(filters).length <= MAX_FILTERS)
    .describe('What it was asked for by'),
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('SHA-256 of the file, or of its manifest'),
  begun: timeSchema.describe(
    'When the first of it was read: who was deleted since is in no export',
  ),
  transcripts: z.array(transcriptIdSchema).min(1).max(MAX_TRANSCRIPTS),
})

export const notedExportSchema = z.object({ id: z.string(), transcripts: z.int() })
