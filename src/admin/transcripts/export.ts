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
import { form, nameSchema } from '../common-schemas.ts'
import { AdminProblem } from '../problem.ts'
import { defineRoute, type Route } from '../route.ts'
import { readFilter, refuseEmptyRange, transcriptQuerySchema, visibleTenants } from './filter.ts'

/** A file of an export. */
export const exportFileSchema = transcriptQuerySchema
  .omit({ cursor: true, limit: true, maxScores: true })
  .extend({
    tenant: z.union([nameSchema, z.array(nameSchema).max(100)]).optional(),
    after: z.coerce
      .number<string>()
      .int()
      .min(0)
      .optional()
      .describe(
        'a number, as a manifest calls `through`: what was stored later, and what somebody labelled later',
      ),
    since: z
      .string()
      .regex(/^(?:ex_[0-9a-f]{32}|[0-9a-f]{64})$/, form('an id of an export, or its name'))
      .optional()
      .describe(
        'The id of an earlier export (X-Chambers-Export), or its name: as after its `through`, and without what is near to what it gave, and those it went on from',
      ),
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
        '`parts`: lines of JSON, {row, split} for each row, {apart} for each id that was set apart, {gone} for each tombstone, at the end {end} with all that a manifest tells; without {end} it is not whole',
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

const REFUSALS: Readonly<Partial<Record<ExportRefusal['reason'], string>>> = {
  sealed:
    'Run chambers harvest export --key where the private key is: these transcripts are sealed; format=transcript gives them as they are, with filters alone',
  busy: 'Ask again later: another export is under way',
  too_many: 'Ask for less at once, by from and to: so many are not compared here',
  no_codec: 'Ask for codec=snappy or none: this platform has no other',
  subject_deleted: 'Ask again: somebody in it was deleted meanwhile',
  left: 'Ask again: the connection was closed',
}

const SUMMARY =
  'Rows of training data, by the filters of chambers harvest export, in the order in which they were stored. Only its files of evaluations to keep out (--decontaminate) stay with the command line, which reads them where it runs. Of sealed transcripts, format=transcript with filters alone gives each row of the index with its record as JWE and its labels; of callers without consent a line tells that alone'

export function createExportRoutes({ serveExport, exportTexts }: ExportPorts): readonly Route[] {
  const give = async (request: ExportRequest): Promise<ExportReply> => {
    const served = await serveExport(request)
    if (served.ok) return served.value
    const { reason, message = reason } = served.failure
    throw new AdminProblem('conflict', REFUSALS[reason] ?? message, { members: { reason } })
  }
  return [
    exportRows(give),
    exportBeside(give, 'manifest'),
    exportBeside(give, 'card'),
    exportBeside(give, 'tombstones'),
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
    headers: ['X-Chambers-Export', 'X-Chambers-Through'],
    problems: ['conflict'],
    async handle({ admin, query, signal }) {
      const { encoding } = query
      const as = encoding === 'parts' ? 'parts' : 'rows'
      const file = { ...query, encoding: encoding === 'parts' ? 'jsonl' : encoding } as const
      const asked = readAsked(admin, file)
      const takesSealed = encoding === 'jsonl' && asksFiltersAlone(query)
      const { id, through, body } = await give({ ...asked, as, takesSealed, signal })
      const stream = { mediaType: MEDIA_TYPES[encoding], body }
      const headers = { 'x-chambers-export': id ?? '', 'x-chambers-through': String(through) }
      return { status: 200, body: null, stream, headers }
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
  tombstones: {
    operation: 'readTombstones',
    summary:
      'What is to be taken out of earlier exports, by the export that the same query gives with after or since: lines, {id, transcript, reason} for each row; replaced: the export has it as it now is; deleted: its person was; else why it is left out now',
    mediaType: LINES,
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
      const takesSealed = as === 'tombstones' && asksFiltersAlone(query)
      const asked = { ...readAsked(admin, query), as, takesSealed, signal }
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
  refuseEmptyRange(filter)
  const { after = null, since = null } = query
  if (after !== null && since !== null) {
    const message = 'Send one of after and since: since goes on from where that export ended'
    const problems = [{ code: 'field_invalid', message, parameter: 'after' }] as const
    throw new AdminProblem('invalid_request', message, { members: { problems } })
  }
  return {
    actor: admin.actor,
    increment: { after, since },
    filter,
    options: options.value,
    seesPolicy: (id: string) => seesPolicy(admin, id),
  }
}

/** True where nothing is asked that contents alone could tell. */
function asksFiltersAlone(query: Omit<z.output<typeof exportQuerySchema>, 'encoding'>): boolean {
  const plain: Readonly<Record<string, unknown>> = PLAIN
  const names = Object.keys(exportParameters) as (keyof ExportParameters)[]
  const given: Readonly<Record<string, unknown>> = query
  return names.every((name) => given[name] === plain[name])
}

const PLAIN = exportQuerySchema.parse({ format: 'transcript' })
