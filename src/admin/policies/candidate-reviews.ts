/**
 * `GET /admin/v1/policies/{policy}/reviews`: what candidates beside the traffic would have decided, for those who may see the
 * tenant. Classes and ids alone: the texts are in the transcripts that it names.
 */
import * as z from 'zod'
import type { PolicyControl } from '../../revisions/control/control.ts'
import type {
  CandidateReview,
  CandidateReviews,
} from '../../revisions/watching/candidate-reviews.ts'
import { type Admin, seesPolicy } from '../authenticate-admin.ts'
import {
  digestSchema,
  limitParameter,
  MAX_PAGE,
  policyIdSchema,
  timeSchema,
  transcriptCursorSchema,
} from '../common-schemas.ts'
import { defineRoute, type Route } from '../route.ts'
import { policyPath, requirePolicy } from './visible-policies.ts'

export type CandidateReviewPorts = {
  readonly candidateReviews: Pick<CandidateReviews, 'list'>
  readonly control: Pick<PolicyControl, 'history'>
}

const candidateReviewQuerySchema = z.strictObject({
  cursor: transcriptCursorSchema,
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

type Query = z.output<typeof candidateReviewQuerySchema>

export function createCandidateReviewRoutes(ports: CandidateReviewPorts): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/admin/v1/policies/{policy}/reviews',
      operation: 'listCandidateReviews',
      scope: 'policy:read',
      summary:
        'What candidates beside the traffic would have decided, the newest first; no content',
      parameters: policyPath,
      query: candidateReviewQuerySchema,
      answers: { 200: 'A page' },
      gives: candidateReviewPageSchema,
      async handle({ admin, path: { policy }, query }) {
        requirePolicy(admin, policy)
        const tenants = admin.tenants.includes('*') ? null : admin.tenants
        const { limit } = query
        const page = { tenants, before: readCursor(query), limit }
        const reviews = await ports.candidateReviews.list(policy, page)
        const next = reviews.length < limit ? null : cursorOf(reviews.at(-1))
        const isSeen = await seenVersions(ports.control, admin, { policy, reviews })
        return { status: 200, body: { reviews: reviews.filter(isSeen), next } }
      },
    }),
  ]
}

/** Whether a review is of this policy's own rollout, or of a move to one that the admin holds, too. */
async function seenVersions(
  control: Pick<PolicyControl, 'history'>,
  admin: Admin,
  { policy, reviews }: { readonly policy: string; readonly reviews: readonly CandidateReview[] },
): Promise<(review: CandidateReview) => boolean> {
  if (seesPolicy(admin, '*') || reviews.length === 0) return () => true
  const newest = Math.max(...reviews.map(({ version }) => version))
  const states = await control.history(policy, { before: newest + 1, limit: MAX_PAGE })
  const moved = states.filter(({ move }) => move && !seesPolicy(admin, move.to))
  const hidden = new Set(moved.map(({ version }) => version))
  const oldest = states.at(-1)?.version ?? 0
  // Of what is too old to be looked up nobody can tell.
  return ({ version }) => version >= oldest && !hidden.has(version)
}

/** Of a pattern that the query was held to. */
function readCursor({ cursor }: Query): Pick<CandidateReview, 'time' | 'transcript'> | null {
  const [time, transcript] = cursor?.split('.') ?? []
  return time === undefined || transcript === undefined ? null : { time: Number(time), transcript }
}

function cursorOf(review: CandidateReview | undefined): string | null {
  return review ? `${review.time}.${review.transcript}` : null
}
