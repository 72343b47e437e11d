/**
 * `GET /admin/v1/transcripts` and `/transcripts/{id}`: rows of the index, and one whole record, reasoning included, for those
 * who may see its tenant.
 */
import * as z from 'zod'
import type { TranscriptFilter, TranscriptPlace } from '../transcript/list.ts'
import type { TranscriptRow } from '../transcript/row.ts'
import type { StoredTranscript, TranscriptStore } from '../transcript/store.ts'
import { type Admin, seesTenant } from './authenticate-admin.ts'
import type { LabelPorts } from './labels.ts'
import { AdminProblem } from './problem.ts'
import { defineRoute, type Route } from './route.ts'
import { transcriptIdSchema, transcriptQuerySchema } from './transcript-schemas.ts'

export type TranscriptPorts = LabelPorts & {
  readonly transcripts: Pick<TranscriptStore, 'list' | 'read'>
}

type Query = z.output<typeof transcriptQuerySchema>

export function createTranscriptRoutes({ transcripts, labels }: TranscriptPorts): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/admin/v1/transcripts',
      operation: 'listTranscripts',
      scope: 'transcript:read',
      summary: 'Rows of the index of transcripts, the newest first; no content',
      query: transcriptQuerySchema,
      answers: { 200: 'A page' },
      gives: 'Transcripts',
      async handle({ admin, query }) {
        const page = { after: readCursor(query.cursor), limit: query.limit }
        const rows = await transcripts.list(toFilter(admin, query), page)
        const next = rows.length < query.limit ? null : cursorOf(rows.at(-1))
        return { status: 200, body: { transcripts: rows.map(toListed), next } }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/admin/v1/transcripts/{id}',
      operation: 'readTranscript',
      scope: 'transcript:read',
      summary:
        'One whole transcript; its row and a JWE where content is sealed, or where none was kept its row',
      parameters: z.object({ id: transcriptIdSchema }),
      answers: { 200: 'The transcript' },
      gives: 'Transcript',
      async handle({ admin, path }) {
        const stored = await transcripts.read(path.id)
        if (!stored || !seesTenant(admin, stored.row.tenant)) {
          throw new AdminProblem('not_found', 'No such transcript')
        }
        return { status: 200, body: { ...bodyOf(stored), labels: await labels.of([path.id]) } }
      },
    }),
  ]
}

/** Relays and callers without consent leave a row and no content; what is sealed is given as it is. */
function bodyOf({ row, transcript, sealed }: StoredTranscript) {
  if (sealed !== null) return { ...row, sealed }
  return transcript ?? { ...row, content: null }
}

/** What of the index an admin asks for and may see. */
export function toFilter(admin: Admin, query: Omit<Query, 'cursor' | 'limit'>): TranscriptFilter {
  const { policy = null, digest = null, outcome = null, decision = null, section = null } = query
  const { app = null, session = null, mode = null, model = null, label = null, from, to } = query
  const tenants = tenantsOf(admin, query.tenant)
  const times = { from: toTime(from), to: toTime(to) }
  const named = { policy, digest, outcome, decision, section, app, session, mode, model, label }
  return { tenants, ...named, ...times }
}

function toTime(moment: string | undefined): number | null {
  return moment === undefined ? null : Date.parse(moment)
}

/** A tenant that the token does not name has no transcripts. */
function tenantsOf(admin: Admin, asked: string | undefined): readonly string[] | null {
  if (asked !== undefined) return seesTenant(admin, asked) ? [asked] : []
  return admin.tenants.includes('*') ? null : admin.tenants
}

function toListed({ contentKey: _contentKey, sections, ...row }: TranscriptRow) {
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
