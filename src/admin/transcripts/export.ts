/**
 * `GET /admin/v1/export`: judged transcripts of the admin's tenants as rows that trainers load, streamed, with their manifest and
 * card at routes of their own. Reasoning leaves here in the formats that are made for it. Whoever is in it is noted before the
 * first byte.
 */
import * as z from 'zod'
import {
  ENCODINGS,
  type ExportParameters,
  exportParameters,
  readExportOptions,
} from '../../harvest/export/export-parameters.ts'
import type {
  ExportPorts,
  ExportRefusal,
  ExportReply,
  ExportRequest,
} from '../../harvest/export/serving/export-request.ts'
import { type Admin, seesPolicy } from '../authenticate-admin.ts'
import { nameSchema } from '../common-schemas.ts'
import { AdminProblem } from '../problem.ts'
import { defineRoute, type Route } from '../route.ts'
import { readFilter, requireRange, transcriptQuerySchema, visibleTenants } from './filter.ts'

/** A file of an export. */
export const exportFileSchema = transcriptQuerySchema
  .omit({ cursor: true, limit: true, maxScores: true })
  .extend({
    tenant: z.union([nameSchema, z.array(nameSchema).max(100)]).optional(),
    ...exportParameters,
  })
  .strict()

export type ExportFileQuery = z.output<typeof exportFileSchema>

const exportQuerySchema = exportFileSchema
  .extend({
    encoding: z
      .enum([...ENCODINGS, 'parts'])
      .default('jsonl')
      .describe(
        '`parts`: lines of JSON, {row, split} for each row, {apart} for each id that was set apart, at the end {end} with all that a manifest tells; without {end} it is not whole',
      ),
  })
  .strict()

const LINES = 'application/x-ndjson'

const MEDIA_TYPES = {
  jsonl: LINES,
  'jsonl.gz': 'application/gzip',
  parquet: 'application/vnd.apache.parquet',
  parts: LINES,
} as const

const REFUSALS: Readonly<Record<ExportRefusal['reason'], string>> = {
  sealed:
    'Run chambers harvest export --key where the private key is: these transcripts are sealed; format=transcript gives them as they are, with filters alone',
  busy: 'Ask again later: another export is under way',
  too_many: 'Ask for less at once, by from and to: so many are not compared here',
  no_codec: 'Ask for codec=snappy or none: this platform has no other',
  subject_deleted: 'Ask again: somebody in it was deleted meanwhile',
  left: 'Ask again: the connection was closed',
}

const SUMMARY =
  'Rows of training data, by the filters of chambers harvest export, the oldest first. Only its files of evaluations to keep out (--decontaminate) stay with the command line, which reads them where it runs. Of sealed transcripts, format=transcript with filters alone gives each row of the index with its record as JWE and its labels; of callers without consent a line tells that alone'

export function createExportRoutes({ serveExport, exportTexts }: ExportPorts): readonly Route[] {
  const give = async (request: ExportRequest): Promise<ExportReply> => {
    const served = await serveExport(request)
    if (served.ok) return served.value
    const { reason } = served.failure
    throw new AdminProblem('conflict', REFUSALS[reason], { members: { reason } })
  }
  return [
    exportRows(give),
    exportBeside(give, 'manifest'),
    exportBeside(give, 'card'),
    readTexts(exportTexts),
  ]
}

/** @throws AdminProblem `conflict` where there is no export. */
type Give = (request: ExportRequest) => Promise<ExportReply>

function exportRows(give: Give): Route {
  return defineRoute({
    method: 'get',
    path: '/admin/v1/export',
    operation: 'exportTranscripts',
    scope: 'transcript:export',
    summary: SUMMARY,
    query: exportQuerySchema,
    answers: { 200: 'The rows' },
    streams: [...new Set(Object.values(MEDIA_TYPES))],
    headers: ['X-Chambers-Export'],
    problems: ['conflict'],
    async handle({ admin, query, signal }) {
      const { encoding } = query
      const as = encoding === 'parts' ? 'parts' : 'rows'
      const file = { ...query, encoding: encoding === 'parts' ? 'jsonl' : encoding } as const
      const asked = readAsked(admin, file)
      const takesSealed = encoding === 'jsonl' && asksFiltersAlone(query)
      const { id, body } = await give({ ...asked, as, takesSealed, signal })
      const stream = { mediaType: MEDIA_TYPES[encoding], body }
      return { status: 200, body: null, stream, headers: { 'x-chambers-export': id ?? '' } }
    },
  })
}

const BESIDE = {
  manifest: {
    operation: 'manifestExport',
    summary:
      'The manifest of the export that the same query gives: its filters, what became of every transcript, and the size and SHA-256 of the file',
    mediaType: 'application/json',
  },
  card: {
    operation: 'describeExport',
    summary: 'The dataset card of the export that the same query gives',
    mediaType: 'text/markdown',
  },
} as const

/** What is told of an export, at a route of its own. */
function exportBeside(give: Give, as: keyof typeof BESIDE): Route {
  const { operation, summary, mediaType } = BESIDE[as]
  return defineRoute({
    method: 'get',
    path: `/admin/v1/export/${as}`,
    operation,
    scope: 'transcript:export',
    summary,
    query: exportFileSchema,
    answers: { 200: `The ${as}` },
    streams: [mediaType],
    problems: ['conflict'],
    async handle({ admin, query, signal }) {
      const asked = { ...readAsked(admin, query), as, takesSealed: false, signal }
      const { body } = await give(asked)
      return { status: 200, body: null, stream: { mediaType, body } }
    },
  })
}

function readTexts(exportTexts: ExportPorts['exportTexts']): Route {
  return defineRoute({
    method: 'get',
    path: '/admin/v1/export/policies',
    operation: 'readExportTexts',
    scope: 'policy:read',
    summary:
      'What prompts are searched for, so that sealed transcripts can be projected where their key is: lines, {digest, bundle} for each policy that transcripts were made under, and {protocol}',
    answers: { 200: 'The texts' },
    streams: [LINES],
    async handle({ admin }) {
      const { bundles, protocols } = await exportTexts()
      const seen = bundles.filter(({ id }) => seesPolicy(admin, id))
      const lines = [
        ...seen.map(({ digest, revision: _revision, ...bundle }) => ({ digest, bundle })),
        ...protocols.map((protocol) => ({ protocol })),
      ]
      const body = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
      return { status: 200, body: null, stream: { mediaType: LINES, body } }
    },
  })
}

function readAsked(admin: Admin, query: ExportFileQuery) {
  const say = (parameter: keyof ExportParameters, value?: string) =>
    value === undefined ? parameter : `${parameter}=${value}`
  const options = readExportOptions(query, { onlyGood: query.label === 'good', say })
  if (!options.ok) {
    const { parameter, message } = options.failure
    const problems = [{ code: 'field_invalid', message, parameter }] as const
    throw new AdminProblem('invalid_request', message, { members: { problems } })
  }
  const filter = readFilter(query, visibleTenants(admin, query.tenant))
  requireRange(filter)
  return {
    actor: admin.actor,
    filter,
    options: options.value,
    seesPolicy: (id: string) => seesPolicy(admin, id),
  }
}

/** True where nothing is asked that contents alone could tell. */
function asksFiltersAlone(query: z.output<typeof exportQuerySchema>): boolean {
  const plain: Readonly<Record<string, unknown>> = PLAIN
  const names = Object.keys(exportParameters) as (keyof ExportParameters)[]
  return names.every((name) => query[name] === plain[name])
}

const PLAIN = exportQuerySchema.parse({ format: 'transcript' })
