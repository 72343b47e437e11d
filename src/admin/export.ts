/**
 * `GET /admin/v1/export`: judged transcripts of the admin's tenants as rows that trainers load, streamed. Reasoning leaves here in
 * the formats that are made for it. Whoever is in it is noted before the first byte.
 */
import type * as z from 'zod'
import { type CascadeOptions, cascadeOptionsSchema } from '../harvest/cascade.ts'
import type { Split } from '../harvest/example.ts'
import type { FormatOptions } from '../harvest/formats/format.ts'
import { parseSplits, type Splits } from '../harvest/split.ts'
import type { Bytes } from '../lib/compression.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import type { TranscriptFilter } from '../transcript/list.ts'
import { actorOf } from './authenticate-admin.ts'
import { exportQuerySchema } from './export-schemas.ts'
import { AdminProblem } from './problem.ts'
import { defineRoute, type Route } from './route.ts'
import { toFilter } from './transcripts.ts'

export type AskedExport = {
  readonly actor: string
  readonly filter: TranscriptFilter
  readonly format: FormatOptions
  readonly cascade: CascadeOptions
  readonly splits: Splits
  /** Null: all of them. */
  readonly split: Split | null
  readonly encoding: 'jsonl' | 'jsonl.gz' | 'parquet'
}

/** `sealed`: the private key is elsewhere. `busy`: one is under way. `too_many`: this platform compares fewer. */
export type ExportRefusal = {
  readonly reason: 'sealed' | 'busy' | 'too_many' | 'subject_deleted'
}

/** Gives the rows of an export once it is noted. @throws DatabaseError when the database does not answer. */
export type GiveExport = (
  asked: AskedExport,
) => Promise<Result<ReadableStream<Bytes>, ExportRefusal>>

export type ExportPorts = { readonly giveExport: GiveExport }

const MEDIA_TYPES = {
  jsonl: 'application/x-ndjson',
  'jsonl.gz': 'application/gzip',
  parquet: 'application/vnd.apache.parquet',
} as const

const REFUSALS: Readonly<Record<ExportRefusal['reason'], string>> = {
  sealed:
    'Run chambers harvest export --key where the private key is: these transcripts are sealed',
  busy: 'Ask again later: another export is under way',
  too_many: 'Ask for less at once, by from and to: so many are not compared here',
  subject_deleted: 'Ask again: somebody in it was deleted meanwhile',
}

export function createExportRoutes({ giveExport }: ExportPorts): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/admin/v1/export',
      operation: 'exportTranscripts',
      scope: 'transcript:export',
      summary: 'Rows of training data, filtered as by chambers harvest export, the oldest first',
      query: exportQuerySchema,
      answers: { 200: 'The rows' },
      streams: Object.values(MEDIA_TYPES),
      problems: ['conflict'],
      async handle({ admin, query }) {
        const splits = parseSplits(query.splits)
        const cascade = readCascade(query)
        if (!splits.ok) throw invalid('splits', 'Send three percentages that make a hundred')
        if (!cascade.ok) throw invalid('minScores', cascade.failure)
        const given = await giveExport({
          actor: actorOf(admin),
          filter: toFilter(admin, query),
          format: formatOf(query),
          cascade: cascade.value,
          splits: splits.value,
          split: query.split ?? null,
          encoding: query.encoding,
        })
        if (!given.ok) throw new AdminProblem('conflict', REFUSALS[given.failure.reason])
        const stream = { mediaType: MEDIA_TYPES[query.encoding], body: given.value }
        return { status: 200, body: null, stream }
      },
    }),
  ]
}

type Query = z.output<typeof exportQuerySchema>

function formatOf({ format: name, withReasoning, thinkTags }: Query): FormatOptions {
  return { name, withReasoning: withReasoning === 'true', thinkTags: thinkTags === 'true' }
}

function readCascade(query: Query): Result<CascadeOptions, string> {
  const { format, withReasoning, minScores, label, internal, duplicates } = query
  const scores = (minScores?.split(',') ?? []).map((one) => {
    const [name = '', least] = one.split(':')
    return [name, Number(least)]
  })
  const read = cascadeOptionsSchema.safeParse({
    format,
    reasoning: withReasoning === 'true',
    minScores: Object.fromEntries(scores),
    onlyGood: label === 'good',
    internal: internal === 'true',
    duplicates: duplicates ?? null,
  })
  if (read.success) return succeed(read.data)
  return fail(read.error.issues[0]?.message ?? 'Send scores by their names, as style:8')
}

function invalid(parameter: string, message: string): AdminProblem {
  const problems = [{ code: 'field_invalid', message, parameter }] as const
  return new AdminProblem('invalid_request', message, { members: { problems } })
}
