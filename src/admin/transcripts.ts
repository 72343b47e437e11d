/**
 * `GET /admin/v1/transcripts`, `/transcripts/count` and `/transcripts/{id}`: rows of the index, how many there are, and one whole
 * record, reasoning included, for those who may see its tenant.
 */
import * as z from 'zod'
import type { TranscriptRow } from '../transcript/record/row.ts'
import type { TranscriptFilter, TranscriptPlace } from '../transcript/store/list.ts'
import type { StoredTranscript, TranscriptStore } from '../transcript/store/store.ts'
import { type Admin, seesTenant } from './authenticate-admin.ts'
import type { LabelPorts } from './labels.ts'
import { AdminProblem } from './problem.ts'
import { readFilter, readScores, visibleTenants } from './read-filter.ts'
import { defineRoute, type Route } from './route.ts'
import {
  transcriptFilterSchema,
  transcriptIdSchema,
  transcriptQuerySchema,
} from './transcript-schemas.ts'

export type TranscriptPorts = LabelPorts & {
  readonly transcripts: Pick<TranscriptStore, 'list' | 'count' | 'read'>
}

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
        const rows = await transcripts.list(filterOf(admin, query), page)
        const next = rows.length < query.limit ? null : cursorOf(rows.at(-1))
        return { status: 200, body: { transcripts: rows.map(toListed), next } }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/admin/v1/transcripts/count',
      operation: 'countTranscripts',
      scope: 'transcript:read',
      summary: 'How many rows of the index there are',
      query: transcriptFilterSchema,
      answers: { 200: 'The count' },
      gives: 'TranscriptCount',
      async handle({ admin, query }) {
        const found = await transcripts.count(filterOf(admin, query))
        return { status: 200, body: { transcripts: found } }
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

function filterOf(
  admin: Admin,
  { minScores, maxScores, ...query }: z.output<typeof transcriptFilterSchema>,
): TranscriptFilter {
  const scores = [...readScores(minScores, 'at least'), ...readScores(maxScores, 'at most')]
  return { ...readFilter(query, visibleTenants(admin, query.tenant)), scores }
}

/** Relays and callers without consent leave a row and no content; what is sealed is given as it is. */
function bodyOf({ row, transcript, sealed }: StoredTranscript) {
  if (sealed !== null) return { ...row, sealed }
  return transcript ?? { ...row, content: null }
}

/** As it is told: where its content lies is nobody's business. */
export function toListed({ contentKey: _contentKey, sections, ...row }: TranscriptRow) {
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
