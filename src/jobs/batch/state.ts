/**
 * The state of a batch as lines: a header that pins what is run, then one line per prompt that is done with. No I/O.
 * Ids, classes and counts alone. A line without its end was torn by a kill and counts as never written: the store tells.
 */
import * as z from 'zod'
import { parseJson } from '../../lib/json.ts'
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

/** How every header begins. */
export const BATCH_HEADER_START = '{"batch":1,'

export function encodeBatchHeader(header: BatchHeader): string {
  return `${JSON.stringify(header)}\n`
}

export function decodeBatchHeader(line: string): BatchHeader | null {
  const parsed = parseJson(line)
  const read = headerSchema.safeParse(parsed.ok ? parsed.value : null)
  return read.success ? read.data : null
}

export function encodeBatchLine(line: BatchStateLine): string {
  return `${JSON.stringify(line)}\n`
}

export function decodeBatchLine(line: string): BatchStateLine | null {
  const parsed = parseJson(line)
  const read = lineSchema.safeParse(parsed.ok ? parsed.value : null)
  return read.success ? read.data : null
}
