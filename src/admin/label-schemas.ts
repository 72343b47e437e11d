/** Labels of transcripts as the admin surface takes them and tells of them. Schemas, no I/O. */
import * as z from 'zod'
import { LABEL_KINDS } from '../transcript/record/label.ts'
import { timeSchema } from './common-schemas.ts'

const decision = z.enum(['comply', 'safe_complete', 'refuse'])
const clauses = z.array(z.string().regex(/^\w{1,64}$/)).max(100)
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
