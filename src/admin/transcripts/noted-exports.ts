/**
 * `POST /admin/v1/exports`: notes what somebody has made of transcripts outside of the gateway, so that whoever deletes a person
 * learns of it. It is taken within the admin's tenants alone.
 */
import * as z from 'zod'
import type { Clock } from '../../lib/clock.ts'
import { type ExportStore, wholeRow } from '../../transcript/store/exports.ts'
import type { TranscriptStore } from '../../transcript/store/store.ts'
import { seesTenant } from '../authenticate-admin.ts'
import { digestSchema, nameSchema, timeSchema, transcriptIdSchema } from '../common-schemas.ts'
import { AdminProblem } from '../problem.ts'
import { defineRoute, type Route } from '../route.ts'

export type NotedExportPorts = {
  readonly exports: Pick<ExportStore, 'record'>
  readonly transcripts: Pick<TranscriptStore, 'rows'>
  readonly clock: Clock
  readonly newExportId: () => string
}

const MAX_BODY_BYTES = 1024 * 1024
const MAX_TRANSCRIPTS = 10_000
const MAX_FILTERS = 100

export const newExportSchema = z.strictObject({
  format: nameSchema.describe('What it is: golden, say'),
  filters: z
    .record(nameSchema.max(64), z.union([nameSchema, z.null()]))
    .refine((filters) => Object.keys(filters).length <= MAX_FILTERS, {
      error: `Send at most ${MAX_FILTERS} filters`,
    })
    .describe('What it was asked for by'),
  digest: digestSchema.describe('SHA-256 of the file, or of its manifest'),
  begun: timeSchema.describe(
    'When the first of it was read: who was deleted since is in no export',
  ),
  transcripts: z.array(transcriptIdSchema).min(1).max(MAX_TRANSCRIPTS),
})

export const notedExportSchema = z.object({ id: z.string(), transcripts: z.int() })

export function createNotedExportRoutes(ports: NotedExportPorts): readonly Route[] {
  const { exports, transcripts, clock, newExportId } = ports
  return [
    defineRoute({
      method: 'post',
      path: '/admin/v1/exports',
      operation: 'noteExport',
      scope: 'transcript:export',
      summary: 'Notes what was made of transcripts, for whoever deletes a person in it',
      takes: { body: newExportSchema, maxBytes: MAX_BODY_BYTES },
      answers: { 201: 'The note' },
      gives: notedExportSchema,
      problems: ['conflict', 'not_found'],
      async handle({ admin, body }) {
        const ids = [...new Set(body.transcripts)]
        const rows = (await transcripts.rows(ids)).filter(({ tenant }) => seesTenant(admin, tenant))
        if (rows.length < ids.length) {
          throw new AdminProblem('not_found', 'Read again: some of these transcripts are not there')
        }
        const { format, filters, digest: manifestDigest } = body
        // A clock that is ahead of the gateway's must not hide a deletion.
        const time = Math.min(body.begun, clock.now())
        const id = newExportId()
        const made = {
          id,
          time,
          actor: admin.actor,
          format,
          filters: { ...filters },
          manifestDigest,
        }
        const noted = await exports.record(made, rows.map(wholeRow))
        if (!noted.ok) {
          const members = { reason: noted.failure.reason }
          throw new AdminProblem('conflict', 'Read again: somebody in it was deleted meanwhile', {
            members,
          })
        }
        return { status: 201, body: { id, transcripts: rows.length } }
      },
    }),
  ]
}
