/** What candidates would have decided, as the admin surface lists it. Schemas, no I/O. */
import * as z from 'zod'
import { digestSchema, limitParameter, policyIdSchema, timeSchema } from './common-schemas.ts'

export const candidateReviewQuerySchema = z.strictObject({
  cursor: z
    .string()
    .regex(/^\d{1,15}\.tr_[0-9a-f]{32}$/)
    .optional()
    .describe('The `next` of the page before'),
  limit: limitParameter,
})

export const candidateReviewPageSchema = z.object({
  reviews: z.array(
    z.object({
      transcript: z.string(),
      time: timeSchema,
      tenant: z.string(),
      policy: policyIdSchema,
      version: z.int().describe("Of the policy's state: a rollout keeps it"),
      candidate: digestSchema,
      agreement: z
        .enum(['agree', 'only_active_fails', 'only_candidate_fails', 'unjudged'])
        .describe('Of both verdicts on the draft that the active judge had before it'),
      sections: z.array(z.string()).describe('Those the candidate selected in full'),
      reasons: z.array(z.string()).describe('Why its verdict failed, as classes'),
      failure: z.string().nullable().describe("The class of its judge's failure"),
    }),
  ),
  next: z.string().nullable().describe('The cursor of the next page; null at the end'),
})
