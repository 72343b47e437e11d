/**
 * What a batch is: everything that all its prompts have in common, fixed before the first one. Pure, but for hashing.
 * Its id is made of what makes it, and a transcript's of the batch and the line: whatever is run again finds what is there.
 */
import * as z from 'zod'
import { sha256Hex } from '../../lib/digest.ts'
import { canonicalJson } from '../../lib/json.ts'
import type { Bundle } from '../../policy/section.ts'

/** No control characters and no lone surrogates: it stands in the audit log, and in the index as it is. */
export const batchNameSchema = z
  .string()
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, {
    error: 'Send it in the form of a name: 1 to 200 characters, and no control characters',
  })
const digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/, { error: 'Send it in the form of a digest: 64 lower-case hex digits' })

export const batchIdSchema = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, {
  error: 'Send it in the form of an id: 1 to 64 letters, digits, dots, hyphens and underscores',
})

export const batchPlanSchema = z.strictObject({
  id: batchIdSchema,
  policy: batchNameSchema,
  /** Every prompt is deliberated under this bundle, whatever is activated meanwhile. */
  digest,
  /** For lines that name none; null: every line names its own. */
  model: batchNameSchema.nullable(),
  /** So many replies for each channel of a review; the lowest counts. */
  samples: z.int().min(1).max(32),
  consent: z.enum(['audit', 'harvest']),
  tenant: batchNameSchema,
  app: batchNameSchema,
})

export type BatchPlan = z.infer<typeof batchPlanSchema>

/** What makes a batch the same as another. */
export type BatchMaking = Omit<BatchPlan, 'id'> & {
  /** SHA-256 of the input. */
  readonly input: string
  readonly protocol: string
  /** The judge's model, or null for each prompt's own. */
  readonly judge: string | null
}

const ID_DIGITS = 16

/** The id of a batch that nobody has named. */
export async function batchIdOf(making: BatchMaking): Promise<string> {
  return (await sha256Hex(canonicalJson(making))).slice(0, ID_DIGITS)
}

/** The transcript of one line: the same whenever and wherever the batch is run. */
export async function batchTranscriptId(
  plan: BatchPlan,
  { line, text }: { readonly line: number; readonly text: string },
): Promise<string> {
  const digest = await sha256Hex(JSON.stringify(['batch', canonicalJson(plan), line, text]))
  return `tr_${digest.slice(0, 32)}`
}

/** The bundle with the batch's samples; the number stands in each transcript, since the digest is the policy's own. */
export function withSamples(bundle: Bundle, { samples }: Pick<BatchPlan, 'samples'>): Bundle {
  if (samples <= bundle.judge.samples) return bundle
  return { ...bundle, judge: { ...bundle.judge, samples } }
}
