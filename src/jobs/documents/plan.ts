/**
 * What the documents job is: what pins it, how wide its tree may grow, and the names of the tree's nodes. Schemas, no I/O.
 */
import * as z from 'zod'

const digest = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.int().min(1).max(1_000)

export const msmPlanSchema = z.strictObject({
  policy: z.string(),
  digest,
  /** Of the prompt texts. */
  texts: digest,
  model: z.string().min(1),
  provider: z.string(),
  /** By what name documents call whom the policy is about. */
  assistant: z.string().min(1).max(200),
  documents: z.int().min(1).max(10_000_000),
  /** At most so many of each below one of the level above. */
  domains: count,
  subdomains: count,
  types: count,
  assertions: count,
  /** Of the precedents given as seeds, in their order. */
  precedents: digest.nullable(),
})

/** Whatever differs here is another job. */
export type MsmPlan = z.infer<typeof msmPlanSchema>

export const MSM_STEPS = [
  'domains',
  'subdomains',
  'types',
  'assertions',
  'ideas',
  'document',
] as const

export type MsmStep = (typeof MSM_STEPS)[number]

/** One call of the job, by its place in the tree: `ideas/2/0/3`. */
export type MsmNode = { readonly step: MsmStep; readonly path: readonly number[] }

export function keyOf({ step, path }: MsmNode): string {
  return [step, ...path].join('/')
}
