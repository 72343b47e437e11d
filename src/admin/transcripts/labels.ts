/**
 * `POST /admin/v1/transcripts/{id}/labels`: what people say of a transcript. Whoever may read it may label it; a label is never
 * changed, and who gave it is taken from the token.
 */
import * as z from 'zod'
import { LABEL_KINDS } from '../../transcript/record/label.ts'
import type { LabelStore } from '../../transcript/store/labels.ts'
import { seesTenant } from '../authenticate-admin.ts'
import { form, timeSchema, transcriptIdSchema } from '../common-schemas.ts'
import { AdminProblem } from '../problem.ts'
import { defineRoute, type Route } from '../route.ts'

export type LabelPorts = { readonly labels: Pick<LabelStore, 'add' | 'of'> }

/** Room for the longest answer with every character escaped. */
const MAX_BODY_BYTES = 2 * 1024 * 1024

const decision = z.enum(['comply', 'safe_complete', 'refuse'])
const clauses = z.array(z.string().regex(/^\w{1,64}$/, form('an id of a clause'))).max(100)
const note = z.string().min(1).max(20_000)
const answer = z.string().max(200_000)

/** What a caller may say of a transcript: each kind has its own fields, and no others. */
export const newLabelSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('good'), note: z.exactOptional(note) }),
  z.strictObject({ kind: z.literal('bad'), note: z.exactOptional(note) }),
  z.strictObject({
    kind: z.literal('wrong_decision'),
    decision: decision.describe('The right one'),
    clauses: clauses.default([]).describe('Those it rests on'),
    note: z.exactOptional(note),
  }),
  z.strictObject({
    kind: z.literal('edited_answer'),
    answer: answer.describe('As it should have been'),
    note: z.exactOptional(note),
  }),
  z.strictObject({ kind: z.literal('note'), note }),
])

export const labelSchema = z.object({
  id: z.string(),
  transcript: z.string(),
  time: timeSchema,
  author: z.string(),
  kind: z.enum(LABEL_KINDS),
  decision: decision.nullable(),
  clauses: z.array(z.string()),
  answer: z.string().nullable(),
  note: z.string().nullable(),
  sealed: z
    .string()
    .nullable()
    .describe('Answer and note as compact JWE, where transcripts are sealed; they are null then'),
})

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
      takes: { body: newLabelSchema, maxBytes: MAX_BODY_BYTES },
      answers: { 201: 'The label' },
      gives: labelSchema,
      async handle({ admin, path, body }) {
        const label = { ...NOTHING, ...body, transcript: path.id, author: admin.actor }
        const made = await labels.add(label, (tenant) => seesTenant(admin, tenant))
        if (!made) throw new AdminProblem('not_found', 'No such transcript')
        return { status: 201, body: made }
      },
    }),
  ]
}
