/**
 * What an instance tells of itself: the revisions it serves and what it has counted since it started. Schemas and types, no I/O.
 * Every number only grows while the instance lives, and the whole report replaces the one before: nothing is counted twice.
 * Fields that a newer program adds are let pass.
 */
import * as z from 'zod'

const count = z.number().nonnegative()

const armSchema = z.object({
  requests: count,
  /** Requests that got a substitute or a refusal for an answer. */
  refused: count,
  /** Requests in which a judge could not judge. */
  judgeFailures: count,
  /** Requests that ended without an answer for any other reason. */
  failed: count,
  /** The sum of their times. */
  totalMs: count,
})

const reviewsSchema = z.object({
  /** Drafts that the candidate's judge was given. */
  reviewed: count,
  /** Of these, those on which both came to a verdict. */
  compared: count,
  /** Of the compared: those on which the verdicts differ, and those each of the two failed. */
  disagreements: count,
  candidateFailed: count,
  activeFailed: count,
  /** Drafts on which the candidate's judge could not judge. */
  judgeFailures: count,
  /** Over the compared: how long each one's judge took, summed. */
  activeMs: count,
  candidateMs: count,
  /** Requests that the candidate never saw, for want of room or of a judged draft. */
  dropped: count,
})

const rolloutSchema = z.object({
  policy: z.string(),
  /** The version of the policy's state in which all this was counted. */
  version: z.int(),
  active: armSchema,
  candidate: armSchema,
  reviews: reviewsSchema,
})

const bundleSchema = z.object({
  policy: z.string(),
  digest: z.string(),
  requests: count,
  /** How often each section was injected in full. */
  fired: z.record(z.string(), count),
})

const policySchema = z.object({
  id: z.string(),
  digest: z.string(),
  revision: z.int(),
  candidate: z
    .object({
      digest: z.string(),
      revision: z.int(),
      percent: z.number(),
      shadow: z.boolean(),
    })
    .nullable(),
  move: z.exactOptional(z.object({ to: z.string(), percent: z.number(), shadow: z.boolean() })),
  state: z.enum(['live', 'cached']),
  problem: z.string().nullable(),
  ageMs: count,
})

export const instanceReportSchema = z.object({
  program: z.string(),
  policies: z.array(policySchema),
  rollouts: z.array(rolloutSchema),
  bundles: z.array(bundleSchema),
})

export type ArmTally = Readonly<z.infer<typeof armSchema>>
export type ReviewTally = Readonly<z.infer<typeof reviewsSchema>>
export type RolloutTally = Readonly<z.infer<typeof rolloutSchema>>
export type BundleTally = Readonly<z.infer<typeof bundleSchema>>
export type InstanceReport = Readonly<z.infer<typeof instanceReportSchema>>

/** An instance as the others see it. */
export type Instance = {
  readonly id: string
  /** Milliseconds since the epoch, by the instance's own clock. */
  readonly started: number
  readonly seen: number
  /** Null where this program cannot read what the instance wrote. */
  readonly report: InstanceReport | null
}

export const NO_REQUESTS: ArmTally = {
  requests: 0,
  refused: 0,
  judgeFailures: 0,
  failed: 0,
  totalMs: 0,
}

export const NO_REVIEWS: ReviewTally = {
  reviewed: 0,
  compared: 0,
  disagreements: 0,
  candidateFailed: 0,
  activeFailed: 0,
  judgeFailures: 0,
  activeMs: 0,
  candidateMs: 0,
  dropped: 0,
}
