/**
 * What `chambers harvest export` is told, read and checked: its options become the parameters of the gateway's route, and are read
 * as those are. Reads the arguments alone.
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type ExportFileQuery, exportFileSchema } from '../../admin/transcripts/export.ts'
import { readFilter } from '../../admin/transcripts/filter.ts'
import {
  argumentsOf,
  ENCODINGS,
  type Encoding,
  type ExportOptions,
  type ExportParameters,
  readExportOptions,
} from '../../harvest/export/export-parameters.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { TranscriptFilter } from '../../transcript/store/list.ts'
import { CONNECTION } from '../shell/admin-token.node.ts'
import { UsageError } from '../shell/io.ts'
import { TRANSCRIPT_KEY_OPTION } from '../shell/transcript-key-file.node.ts'

const many = { type: 'string', multiple: true, default: [] as string[] } as const
const flag = { type: 'boolean', default: false } as const
const text = { type: 'string' } as const

/** By option: the parameter that it is, as it is. */
const TEXTS = {
  format: 'format',
  codec: 'codec',
  split: 'splits',
  policy: 'policy',
  digest: 'digest',
  section: 'section',
  decision: 'decision',
  outcome: 'outcome',
  app: 'app',
  model: 'model',
  family: 'family',
  session: 'session',
  mode: 'mode',
  label: 'label',
  'min-samples': 'minSamples',
  'hazard-from': 'hazardFrom',
  'hazard-words': 'hazardWords',
  'max-per-tenant': 'maxPerTenant',
  'max-per-template': 'maxPerTemplate',
  'max-per-cell': 'maxPerCell',
  'min-look-alikes': 'minLookAlikes',
} as const

/** By option without a value: the parameter that it sets, and what to. */
const FLAGS = {
  'with-reasoning': ['withReasoning', 'true'],
  'think-tags': ['thinkTags', 'true'],
  internal: ['internal', 'true'],
  'no-redaction': ['redact', 'false'],
  'drop-special': ['specialCategories', 'drop'],
  'keep-duplicates': ['duplicates', 'keep'],
  'remove-duplicates': ['duplicates', 'remove'],
} as const

const OPTIONS = {
  ...CONNECTION,
  ...TRANSCRIPT_KEY_OPTION,
  ...(Object.fromEntries(Object.keys(TEXTS).map((name) => [name, text])) as Record<
    keyof typeof TEXTS,
    typeof text
  >),
  ...(Object.fromEntries(Object.keys(FLAGS).map((name) => [name, flag])) as Record<
    keyof typeof FLAGS,
    typeof flag
  >),
  out: text,
  force: flag,
  parquet: flag,
  gzip: flag,
  from: text,
  to: text,
  lang: many,
  tenant: many,
  'min-score': many,
  decontaminate: many,
} as const

type Values = ReturnType<typeof parse>['values']

/** What is asked of a gateway: parameters by name. */
export type ExportQuery = Readonly<Record<string, string | readonly string[]>>

export type ExportSettings = {
  readonly options: ExportOptions
  readonly filter: TranscriptFilter
  readonly query: ExportQuery
  /** Evaluation files to keep out. */
  readonly evaluations: readonly string[]
  readonly out: string
  /** True where one file is named, and not a folder. */
  readonly single: boolean
  readonly force: boolean
  readonly key: string | undefined
  readonly url: string | undefined
  readonly token: string | undefined
  /** All of it that says what comes out, for the manifest. */
  readonly arguments: JsonObject
}

/** @throws UsageError that says what to write instead. */
export function readExportSettings(args: readonly string[]): ExportSettings {
  const { values } = parse(args)
  const { out, key, url, token, force } = values
  if (out === undefined) {
    throw new UsageError(
      'Name a folder, or a file that ends in .jsonl, .jsonl.gz or .parquet: --out',
    )
  }
  const named = ENCODINGS.findLast((ending) => out.endsWith(`.${ending}`)) ?? null
  const single = named !== null
  if (single && values.split !== undefined) {
    throw new UsageError('Name a folder with --out where there is a --split: each is a file')
  }
  const query = queryOf(values, named)
  const asked = readQuery(query, values)
  const read = readExportOptions(asked, { onlyGood: asked.label === 'good', say })
  if (!read.ok) throw new UsageError(read.failure.message)
  const filter = readFilter(asked, values.tenant.length > 0 ? values.tenant : null)
  return {
    options: read.value,
    filter,
    query,
    evaluations: values.decontaminate,
    out: resolve(out),
    single,
    force,
    key,
    url,
    token,
    arguments: argumentsOf(read.value, filter),
  }
}

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS })
}

/** A parameter by its option: `--format sft-cot`. */
function say(parameter: keyof ExportParameters, value?: string): string {
  const option = optionOf(parameter)
  return value === undefined ? `--${option}` : `--${option} ${value}`
}

function optionOf(parameter: string): string {
  const others = { language: 'lang', minScores: 'min-score', encoding: 'out' }
  const all: Readonly<Record<string, string>> = {
    ...others,
    ...Object.fromEntries(Object.entries(TEXTS).map(([option, name]) => [name, option])),
    ...Object.fromEntries(Object.entries(FLAGS).map(([option, [name]]) => [name, option])),
  }
  return all[parameter] ?? parameter
}

function queryOf(values: Values, named: Encoding | null): ExportQuery {
  const texts = Object.entries(TEXTS).flatMap(([option, name]) => {
    const value = values[option as keyof typeof TEXTS]
    return value === undefined ? [] : [[name, value] as const]
  })
  const flags = Object.entries(FLAGS).flatMap(([option, [name, value]]) =>
    values[option as keyof typeof FLAGS] ? [[name, value] as const] : [],
  )
  if (values['keep-duplicates'] && values['remove-duplicates']) {
    throw new UsageError('Give one of --keep-duplicates and --remove-duplicates')
  }
  const scores = values['min-score'].map(scoreOf)
  const [from, to] = [timeOf('--from', values.from), timeOf('--to', values.to)]
  return {
    format: 'sft',
    ...Object.fromEntries([...texts, ...flags]),
    encoding: endingOf(values, named),
    ...(values.lang.length > 0 && { language: values.lang.join(',') }),
    ...(scores.length > 0 && { minScores: scores.join(',') }),
    ...(values.tenant.length > 0 && { tenant: values.tenant }),
    ...(from !== null && { from }),
    ...(to !== null && { to }),
  }
}

function readQuery(query: ExportQuery, values: Values): ExportFileQuery {
  const read = exportFileSchema.safeParse(query)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const name = String(issue?.path[0])
  const option = optionOf(name)
  const given = values[option as keyof Values]
  const shape: Readonly<Record<string, { readonly description?: string | undefined }>> =
    exportFileSchema.shape
  const wants =
    issue?.code === 'invalid_value'
      ? `one of ${issue.values.map(String).join(', ')}`
      : (shape[name]?.description ?? 'a name without control characters')
  throw new UsageError(`Set --${option} to ${wants}: ${String(given)}`)
}

function endingOf({ parquet, gzip }: Values, named: Encoding | null): Encoding {
  if (named !== null) return named
  if (parquet && gzip) {
    throw new UsageError('Leave out --gzip: Parquet compresses by itself (--codec)')
  }
  if (parquet) return 'parquet'
  return gzip ? 'jsonl.gz' : 'jsonl'
}

function scoreOf(one: string): string {
  const [, name, least] = /^(\w+)=(\d{1,2}(?:\.\d+)?)$/.exec(one) ?? []
  if (name !== undefined) return `${name}:${least}`
  throw new UsageError(`Set --min-score to a score and its least value, as style=8: ${one}`)
}

function timeOf(option: string, moment: string | undefined): string | null {
  if (moment === undefined) return null
  const time = Date.parse(moment)
  if (!Number.isNaN(time)) return new Date(time).toISOString()
  throw new UsageError(`Set ${option} to a date like 2027-01-31: ${moment}`)
}
