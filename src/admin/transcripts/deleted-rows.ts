/**
 * `GET /admin/v1/exports/deleted-rows`: which rows of exports are of people who were deleted since, within the admin's tenants, for
 * whoever cleans up files. Ids alone: nobody learns whose they were. An export is known by a transcript that it holds: its files say
 * nothing of how it was noted, and are the same for whoever makes them again.
 */
import * as z from 'zod'
import type { ExportStore } from '../../transcript/store/exports.ts'
import { nameSchema, transcriptIdSchema } from '../common-schemas.ts'
import { AdminProblem } from '../problem.ts'
import { defineRoute, type Route } from '../route.ts'
import { visibleTenants } from './filter.ts'

export type DeletedRowPorts = { readonly exports: Pick<ExportStore, 'deletedRows'> }

export const deletedRowsSchema = z.object({
  rows: z
    .array(z.string())
    .describe('As rows say themselves; where several share one, all of them'),
  next: z.string().nullable().describe('The `cursor` of the next page; null on the last'),
})

const PAGE = 1_000

export function createDeletedRowRoutes({ exports }: DeletedRowPorts): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/admin/v1/exports/deleted-rows',
      operation: 'listDeletedRows',
      scope: 'transcript:export',
      summary: 'The rows of people who were deleted since, of every export that holds a transcript',
      query: z.strictObject({
        transcript: transcriptIdSchema.describe('One that is in the export'),
        cursor: nameSchema.optional(),
      }),
      answers: { 200: 'A page of rows' },
      gives: deletedRowsSchema,
      problems: ['not_found'],
      async handle({ admin, query: { transcript, cursor = '' } }) {
        const tenants = visibleTenants(admin, undefined)
        const rows = await exports.deletedRows(transcript, { tenants, after: cursor, limit: PAGE })
        if (rows === null) {
          const message =
            'Ask where it was made, or export again: no export that is remembered here with its rows holds this transcript'
          throw new AdminProblem('not_found', message)
        }
        const next = rows.length === PAGE ? (rows.at(-1) ?? null) : null
        return { status: 200, body: { rows, next } }
      },
    }),
  ]
}
