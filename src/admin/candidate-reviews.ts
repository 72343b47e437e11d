/**
 * `GET /admin/v1/policies/{policy}/reviews`: what candidates beside the traffic would have decided, for those who may see the
 * tenant. Classes and ids alone: the texts are in the transcripts that it names.
 */
import type * as z from 'zod'
import type { CandidateReview, CandidateReviews } from '../revisions/watching/candidate-reviews.ts'
import { candidateReviewQuerySchema } from './candidate-review-schemas.ts'
import { defineRoute, type Route } from './route.ts'
import { policyPath, requirePolicy } from './visible-policies.ts'

export type CandidateReviewPorts = { readonly candidateReviews: Pick<CandidateReviews, 'list'> }

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
      gives: 'CandidateReviews',
      async handle({ admin, path: { policy }, query }) {
        requirePolicy(admin, policy)
        const tenants = admin.tenants.includes('*') ? null : admin.tenants
        const { limit } = query
        const page = { tenants, before: readCursor(query), limit }
        const reviews = await ports.candidateReviews.list(policy, page)
        const next = reviews.length < limit ? null : cursorOf(reviews.at(-1))
        return { status: 200, body: { reviews, next } }
      },
    }),
  ]
}

/** Of a pattern that the query was held to. */
function readCursor({ cursor }: Query): Pick<CandidateReview, 'time' | 'transcript'> | null {
  const [time, transcript] = cursor?.split('.') ?? []
  return time === undefined || transcript === undefined ? null : { time: Number(time), transcript }
}

function cursorOf(review: CandidateReview | undefined): string | null {
  return review ? `${review.time}.${review.transcript}` : null
}
