/**
 * What stands in the state file of a batch: what is run, then a line for each prompt that is done with. Schemas, no I/O.
 * Ids, classes and counts alone. Whether a prompt without a line was finished, the store tells.
 */
import * as z from 'zod'
import { createStateFormat, type StateFormat } from '../runner/state-format.ts'
import { batchPlanSchema } from './plan.ts'

const digest = z.string().regex(/^[0-9a-f]{64}$/)

const headerSchema = z.strictObject({
  batch: z.literal(1),
  plan: batchPlanSchema,
  /** SHA-256 of the whole input. */
  input: digest,
  lines: z.int().min(0),
  protocol: digest,
  /** Where it is run: `here`, or the gateway it is handed to. */
  place: z.string(),
})

export type BatchHeader = z.infer<typeof headerSchema>

const OUTCOMES = ['released', 'redrafted', 'substituted', 'passed', 'failed', 'queued'] as const

const lineSchema = z.union([
  z.strictObject({
    line: z.int().min(1),
    transcript: z.string().nullable(),
    outcome: z.enum(OUTCOMES),
    reason: z.string().nullable(),
    tokens: z.number().min(0),
  }),
  /** Tokens of tries that led to nothing. */
  z.strictObject({ lost: z.number().min(0) }),
])

export type BatchStateLine = z.infer<typeof lineSchema>

export const batchState: StateFormat<BatchHeader, BatchStateLine> = createStateFormat({
  start: '{"batch":1,',
  header: headerSchema,
  line: lineSchema,
  pins: ({ plan, ...rest }) => ({ ...rest, ...plan }),
})
