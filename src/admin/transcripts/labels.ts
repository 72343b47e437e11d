/**
 * `POST /admin/v1/transcripts/{id}/labels`: what people say of a transcript. Whoever may read it may label it; a label is never
 * changed, and who gave it is taken from the token.
 */
import * as z from 'zod'
import { nearest } from '../../lib/nearest.ts'
import type { Bundle } from '../../policy/section.ts'
import type { PolicyControl } from '../../revisions/control/control.ts'
import { LABEL_KINDS } from '../../transcript/record/label.ts'
import type { LabelStore } from '../../transcript/store/labels.ts'
import type { TranscriptStore } from '../../transcript/store/store.ts'
import { type Admin, seesTenant } from '../authenticate-admin.ts'
import { form, timeSchema, transcriptIdSchema } from '../common-schemas.ts'
import { AdminProblem } from '../problem.ts'
import { defineRoute, type Route } from '../route.ts'

export type LabelPorts = {
  readonly labels: Pick<LabelStore, 'add' | 'of'>
  readonly transcripts: Pick<TranscriptStore, 'rows'>
  readonly control: Pick<PolicyControl, 'bundleByDigest'>
}

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

export function createLabelRoutes(ports: LabelPorts): readonly Route[] {
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
        if (body.kind === 'wrong_decision') {
          await requireClauses(ports, { admin, transcript: path.id, clauses: body.clauses })
        }
        const label = { ...NOTHING, ...body, transcript: path.id, author: admin.actor }
        const made = await ports.labels.add(label, (tenant) => seesTenant(admin, tenant))
        if (!made) throw noSuchTranscript()
        return { status: 201, body: made }
      },
    }),
  ]
}

type Named = {
  readonly admin: Admin
  readonly transcript: string
  readonly clauses: readonly string[]
}

/**
 * Clauses are those of the policy that the transcript was made under. Of a policy that is not kept nothing can be told.
 * @throws AdminProblem `invalid_request`, with a pointer to each that is not there; `not_found`.
 */
async function requireClauses(
  { transcripts, control }: LabelPorts,
  { admin, transcript, clauses }: Named,
): Promise<void> {
  if (clauses.length === 0) return
  const [row] = await transcripts.rows([transcript])
  if (!row || !seesTenant(admin, row.tenant)) throw noSuchTranscript()
  const bundle = await control.bundleByDigest(row.policyId, row.policyDigest)
  if (!bundle) return
  const known = bundle.sections.flatMap((section) => section.clauses.map(({ id }) => id))
  const problems = clauses.flatMap((clause, index) => {
    if (known.includes(clause)) return []
    const near = nearest(clause, known)
    const instead = near === null ? `There are ${clausesOf(bundle)}` : `Did you mean ${near}?`
    const message = `${clause} is no clause of ${row.policyId}@${row.policyDigest.slice(0, 12)}. ${instead}`
    return [{ code: 'field_invalid', message, pointer: `/clauses/${index}` } as const]
  })
  if (problems.length === 0) return
  const detail = 'The policy that this transcript was made under has no such clause'
  throw new AdminProblem('invalid_request', detail, { members: { problems } })
}

/** Those of each section from the first to the last. */
function clausesOf({ sections }: Bundle): string {
  return sections
    .flatMap(({ clauses }) => {
      const [first, last] = [clauses[0], clauses.at(-1)]
      if (!first || !last) return []
      return first === last ? [first.id] : [`${first.id} to ${last.id}`]
    })
    .join(', ')
}

function noSuchTranscript(): AdminProblem {
  return new AdminProblem('not_found', 'No such transcript')
}
