/** What an export is asked for by query: the filters of the index, and what the harvest knows of. Schemas, no I/O. */
import * as z from 'zod'
import { ENCODINGS, exportParameters } from '../harvest/export/export-parameters.ts'
import { nameSchema } from './common-schemas.ts'
import { transcriptQuerySchema } from './transcript-schemas.ts'

/** A file of an export. */
export const exportFileSchema = transcriptQuerySchema
  .omit({ cursor: true, limit: true, maxScores: true })
  .extend({
    tenant: z.union([nameSchema, z.array(nameSchema).max(100)]).optional(),
    ...exportParameters,
  })
  .strict()

export type ExportFileQuery = z.output<typeof exportFileSchema>

export const exportQuerySchema = exportFileSchema
  .extend({
    encoding: z
      .enum([...ENCODINGS, 'parts'])
      .default('jsonl')
      .describe(
        '`parts`: lines of JSON, {row, split} for each row, {apart} for each id that was set apart, at the end {end} with all that a manifest tells; without {end} it is not whole',
      ),
  })
  .strict()
