/** What an export is asked for by query. Schemas, no I/O. */
import * as z from 'zod'
import { FORMATS } from '../harvest/formats/format.ts'
import { transcriptQuerySchema } from './transcript-schemas.ts'

const flag = z.enum(['true', 'false']).default('false')

export const exportQuerySchema = transcriptQuerySchema
  .omit({ cursor: true, limit: true })
  .extend({
    format: z.enum(FORMATS),
    encoding: z.enum(['jsonl', 'jsonl.gz', 'parquet']).default('jsonl'),
    splits: z
      .string()
      .regex(/^\d{1,3}\/\d{1,3}\/\d{1,3}$/)
      .default('100/0/0')
      .describe('Percentages of train, validation and test'),
    split: z.enum(['train', 'validation', 'test']).optional().describe('All of them without'),
    withReasoning: flag.describe('For preference, kto and judge'),
    thinkTags: flag.describe('Reasoning within the content'),
    minScores: z
      .string()
      .regex(/^\w+:\d{1,2}(?:\.\d+)?(?:,\w+:\d{1,2}(?:\.\d+)?)*$/)
      .optional()
      .describe('`style:8,helpfulness:7`: the lowest over all verdicts'),
    internal: flag.describe('With what may be trained on internally alone'),
    duplicates: z.enum(['keep', 'remove']).optional(),
  })
  .strict()
