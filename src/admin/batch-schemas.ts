/** Prompts of a batch as the admin surface takes them. Schemas, no I/O. */
import * as z from 'zod'
import { batchPlanSchema } from '../jobs/batch/plan.ts'

const MAX_LINES = 100

/** What makes the batch, the same with every chunk of it, and a chunk of its lines. */
export const batchChunkSchema = batchPlanSchema.extend({
  lines: z
    .array(
      z.strictObject({
        line: z.int().min(1).describe('Its number in the input'),
        text: z.string().min(2).describe('The line itself, a JSON object'),
      }),
    )
    .min(1)
    .max(MAX_LINES),
})

export const batchAcceptedSchema = z.object({
  batch: z.string(),
  queued: z.int().describe('How many lines went into the queue'),
})
