/**
 * `GET /admin/v1/transcripts`, `/transcripts/count` and `/transcripts/{id}`: rows of the index, how many there are, and one whole
 * record, reasoning included, for those who may see its tenant.
 */
import * as z from 'zod'
import type { AuditLog } from '../../audit/audit-log.ts'
import { CONSENTS } from '../../transcript/record/record.ts'
import type { StoredRow, TranscriptRow } from '../../transcript/record/row.ts'
import type { TranscriptFilter, TranscriptPlace } from '../../transcript/store/list.ts'
import type { StoredTranscript, TranscriptStore } from '../../transcript/store/store.ts'
import { type Admin, seesTenant } from '../authenticate-admin.ts'
import { timeSchema, transcriptIdSchema } from '../common-schemas.ts'
import { AdminProblem } from '../problem.ts'
import { defineRoute, type Route } from '../route.ts'
import {
  decisionSchema,
  modeSchema,
  outcomeSchema,
  readFilter,
  readScores,
  refuseEmptyRange,
  transcriptFilterSchema,
  transcriptQuerySchema,
  visibleTenants,
} from './filter.ts'
import { type LabelPorts, labelSchema } from './labels.ts'

export type TranscriptPorts = LabelPorts & {
  readonly transcripts: Pick<TranscriptStore, 'list' | 'count' | 'read'>
  readonly audit: Pick<AuditLog, 'commit'>
}

const text = z.string().nullable()
const figure = z.number().nullable()

const transcriptRowSchema = z.object({
  id: z.string(),
  number: z.int().describe('Its place in the order in which things were stored'),
  schemaVersion: z.int(),
  time: timeSchema,
  tenant: z.string(),
  app: z.string(),
  session: text,
  subject: text,
  mode: modeSchema,
  consent: z.enum(CONSENTS),
  policyId: z.string(),
  policyDigest: z.string(),
  policyRevision: z.int(),
  protocolDigest: z.string(),
  sections: z.array(z.string()).describe('Those that were injected in full'),
  outcome: outcomeSchema,
  outcomeReason: text,
  decision: decisionSchema.nullable(),
  attempts: z.int(),
  provider: z.string(),
  model: z.string(),
  family: text,
  license: text,
  trainingRights: z.enum(['none', 'internal', 'open']),
  minHelpfulness: figure,
  minStyle: figure,
  minGrounded: figure,
  minConsistent: figure,
  minRelevant: figure,
  promptTokens: figure,
  completionTokens: figure,
  reasoningTokens: figure,
  judgeTokens: figure,
  totalMs: figure,
  modelMs: figure,
  contentBytes: z.int().describe('0 where no content was kept'),
})

export const transcriptPageSchema = z.object({
  transcripts: z.array(transcriptRowSchema),
  next: z.string().nullable().describe('The cursor of the next page; null at the end'),
})

export const transcriptCountSchema = z.object({ transcripts: z.int().min(0) })

/** A whole record, or a row with sealed content or none; its own `schema` says how to read it. */
export const transcriptSchema = z.looseObject({
  id: z.string(),
  number: z.int().describe('Its place in the order in which things were stored'),
  tenant: z.string(),
  labels: z.array(labelSchema).describe('What people say of it, the oldest first'),
  sealed: z
    .exactOptional(z.string())
    .describe('The record as compact JWE, which the private key of TRANSCRIPT_KEY opens'),
})

export function createTranscriptRoutes(ports: TranscriptPorts): readonly Route[] {
  return [listTranscripts(ports), countTranscripts(ports), readTranscript(ports)]
}

function listTranscripts({ transcripts }: TranscriptPorts): Route {
  return defineRoute({
    method: 'get',
    path: '/admin/v1/transcripts',
    operation: 'listTranscripts',
    scope: 'transcript:read',
    summary: 'Rows of the index of transcripts, the newest first; no content',
    query: transcriptQuerySchema,
    answers: { 200: 'A page' },
    gives: transcriptPageSchema,
    async handle({ admin, query }) {
      const page = { after: readCursor(query.cursor), limit: query.limit }
      const rows = await transcripts.list(filterOf(admin, query), page)
      const next = rows.length < query.limit ? null : cursorOf(rows.at(-1))
      return { status: 200, body: { transcripts: rows.map(toListed), next } }
    },
  })
}

function countTranscripts({ transcripts }: TranscriptPorts): Route {
  return defineRoute({
    method: 'get',
    path: '/admin/v1/transcripts/count',
    operation: 'countTranscripts',
    scope: 'transcript:read',
    summary: 'How many rows of the index there are',
    query: transcriptFilterSchema,
    answers: { 200: 'The count' },
    gives: transcriptCountSchema,
    async handle({ admin, query }) {
      const found = await transcripts.count(filterOf(admin, query))
      return { status: 200, body: { transcripts: found } }
    },
  })
}

function readTranscript({ transcripts, labels, audit }: TranscriptPorts): Route {
  return defineRoute({
    method: 'get',
    path: '/admin/v1/transcripts/{id}',
    operation: 'readTranscript',
    scope: 'transcript:read',
    summary:
      'One whole transcript; its row and a JWE where content is sealed, or where none was kept its row',
    parameters: z.object({ id: transcriptIdSchema }),
    query: z.strictObject({
      reasoning: z
        .literal('shown')
        .optional()
        .describe('A person is shown the reasoning: the audit log is told who has seen it'),
    }),
    answers: { 200: 'The transcript' },
    gives: transcriptSchema,
    async handle({ admin, path, query }) {
      const stored = await transcripts.read(path.id)
      if (!stored || !seesTenant(admin, stored.row.tenant)) {
        throw new AdminProblem('not_found', 'No such transcript')
      }
      if (query.reasoning === 'shown') await noteView(audit, admin, stored.row)
      const { number } = stored.row
      const said = await labels.of([path.id])
      return { status: 200, body: { ...bodyOf(stored), number, labels: said } }
    },
  })
}

/** Before anything is shown. */
async function noteView(
  audit: TranscriptPorts['audit'],
  { actor }: Admin,
  { id, tenant, policyId }: TranscriptRow,
): Promise<void> {
  const details = { transcript: id }
  await audit.commit({ actor, action: 'transcript.view', policy: policyId, tenant, details }, [])
}

function filterOf(
  admin: Admin,
  { minScores, maxScores, ...query }: z.output<typeof transcriptFilterSchema>,
): TranscriptFilter {
  const scores = [...readScores(minScores, 'at least'), ...readScores(maxScores, 'at most')]
  const filter = readFilter(query, visibleTenants(admin, query.tenant))
  refuseEmptyRange(filter)
  return { ...filter, scores }
}

/** Relays and callers without consent leave a row and no content; what is sealed is given as it is. */
function bodyOf({ row, transcript, sealed }: StoredTranscript) {
  if (sealed !== null) return { ...row, sealed }
  return transcript ?? { ...row, content: null }
}

/** As it is told: where its content lies is nobody's business. */
export function toListed({ contentKey: _contentKey, sections, ...row }: StoredRow) {
  return { ...row, sections: sections.split(' ').filter(Boolean) }
}

/** Of a pattern that the query was held to. */
function readCursor(cursor: string | undefined): TranscriptPlace | null {
  const [time, id] = cursor?.split('.') ?? []
  return time === undefined || id === undefined ? null : { time: Number(time), id }
}

function cursorOf(row: TranscriptRow | undefined): string | null {
  return row ? `${row.time}.${row.id}` : null
}
