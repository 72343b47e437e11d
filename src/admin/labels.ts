/**
 * `POST /admin/v1/transcripts/{id}/labels`: what people say of a transcript. Whoever may read it may label it; a label is never
 * changed, and who gave it is taken from the token.
 */
import * as z from 'zod'
import type { LabelStore } from '../transcript/store/labels.ts'
import { seesTenant } from './authenticate-admin.ts'
import { AdminProblem } from './problem.ts'
import { defineRoute, type Route } from './route.ts'
import { transcriptIdSchema } from './transcript-schemas.ts'

export type LabelPorts = { readonly labels: Pick<LabelStore, 'add' | 'of'> }

/** Room for the longest answer with every character escaped. */
const MAX_BODY_BYTES = 2 * 1024 * 1024

const NOTHING = { decision: null, clauses: [], answer: null, note: null } as const

export function createLabelRoutes({ labels }: LabelPorts): readonly Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/admin/v1/transcripts/{id}/labels',
      operation: 'labelTranscript',
      scope: 'transcript:read',
      summary: 'Says what a person thinks of a transcript; sent twice it is said twice',
      parameters: z.object({ id: transcriptIdSchema }),
      takes: { body: 'NewLabel', maxBytes: MAX_BODY_BYTES },
      answers: { 201: 'The label' },
      gives: 'Label',
      async handle({ admin, path, body }) {
        const label = { ...NOTHING, ...body, transcript: path.id, author: admin.actor }
        const made = await labels.add(label, (tenant) => seesTenant(admin, tenant))
        if (!made) throw new AdminProblem('not_found', 'No such transcript')
        return { status: 201, body: made }
      },
    }),
  ]
}
