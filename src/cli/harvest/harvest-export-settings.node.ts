/**
 * What `chambers harvest export` is told, checked: its options become the parameters of the gateway's route, and are read as those
 * are. Looks at the place to write to, and reads evaluations for their digests.
 */
import { statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
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
import { digestFile } from '../../harvest/export/files/digest-file.node.ts'
import { holdsExport, isLeftOver } from '../../harvest/export/files/write-files.node.ts'
import { type AskedIncrement, differs } from '../../harvest/export/increment/increment.ts'
import type { JsonObject } from '../../lib/json.ts'
import { printable } from '../../text/printable.ts'
import type { TranscriptFilter } from '../../transcript/store/list.ts'
import { readCommand } from '../redactor/read-command.node.ts'
import type { ValuesOf } from '../shell/declare-command.ts'
import { UsageError } from '../shell/io.ts'
import { checkFilePlace, checkFolderPlace } from '../shell/place.node.ts'
import { requireRange } from '../shell/read-range.ts'
import { type EXPORT_OPTIONS, FLAGS, TEXTS } from './export-options.node.ts'
import type { Since } from './read-since.node.ts'
import { repeated } from './repeated.ts'

type Values = ValuesOf<typeof EXPORT_OPTIONS>

/** What is asked of a gateway: parameters by name. */
export type ExportQuery = Readonly<Record<string, string | readonly string[]>>

export type ExportSettings = {
  readonly options: ExportOptions
  readonly filter: TranscriptFilter
  readonly increment: AskedIncrement
  /** What it goes on from. */
  readonly since: Since | null
  readonly query: ExportQuery
  /** Evaluation files to keep out. */
  readonly evaluations: readonly string[]
  readonly out: string
  /** True where one file is named, and not a folder. */
  readonly single: boolean
  readonly force: boolean
  readonly key: string | undefined
  readonly redactor: string | undefined
  readonly url: string | undefined
  readonly token: string | undefined
  /** All of it that says what comes out, for the manifest. */
  readonly arguments: JsonObject
}

/** @throws UsageError that says what to write instead. */
export function readExportSettings(values: Values, since: Since | null = null): ExportSettings {
  const { out, key, url, token, redactor, force = false } = values
  const named = ENCODINGS.findLast((ending) => out.endsWith(`.${ending}`)) ?? null
  const single = named !== null
  const isOurs = () => holdsExport({ out: resolve(out), single })
  if (single) checkFilePlace(out, '--out', isOurs)
  else {
    checkFolderPlace(out, '--out', { isOurs, isLeft: isLeftOver, what: 'an export' })
    refuseOtherEnding(out)
  }
  if (single && values.split !== undefined) {
    throw new UsageError('Name a folder with --out where there is a --split: each is a file')
  }
  if (values.after !== undefined && since !== null) {
    throw new UsageError(
      'Give one of --after and --since: --since goes on from where that export ended',
    )
  }
  requireSameRedactor(since, redactor)
  const { manifest = null } = since ?? {}
  const query = {
    ...(manifest
      ? repeated(manifest.format.name, manifest.arguments as JsonObject)
      : { format: 'sft' }),
    ...queryOf(values, named),
    ...(since !== null && { since: since.name }),
  }
  const asked = readQuery(query, values)
  const read = readExportOptions(asked, { onlyGood: asked.label === 'good', say })
  if (!read.ok) throw new UsageError(read.failure.message)
  const filter = readFilter(asked, tenantsOf(query))
  return {
    options: read.value,
    filter,
    increment: { after: asked.after ?? null, since: since?.name ?? null },
    since,
    query,
    evaluations: values.decontaminate,
    out: resolve(out),
    single,
    force,
    key,
    redactor,
    url,
    token,
    arguments: argumentsOf(
      read.value,
      filter,
      values.decontaminate.map(digestOfEvaluation).toSorted(),
    ),
  }
}

/** Wherever it lies, and however it is called. */
function digestOfEvaluation(path: string): string {
  const digest = isFile(path) ? digestFile(path) : null
  if (digest !== null) return digest
  throw new UsageError(`Name a file that is there with --decontaminate: ${path}`)
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

/** Half a dataset that a program has looked at would pass for a whole one. */
function requireSameRedactor(since: Since | null, redactor: string | undefined): void {
  if (!since?.manifest) return
  const { command = null } = since.manifest.redaction ?? {}
  if (command !== null && redactor === undefined) {
    throw new UsageError(
      `Give --redactor again with --since: the rows of that export went through one (${printable(command.name)}), and its manifest does not hold the command`,
    )
  }
  const [program = null] = redactor === undefined ? [] : readCommand(redactor)
  if ((command?.name ?? null) !== (program && basename(program))) {
    throw new UsageError(differs(['redactor']))
  }
}

function tenantsOf({ tenant }: ExportQuery): readonly string[] | null {
  return tenant === undefined ? null : [tenant].flat()
}

/** A parameter by its option: `--format sft-cot`. */
function say(parameter: keyof ExportParameters, value?: string): string {
  const option = optionOf(parameter)
  return value === undefined || option in FLAGS ? `--${option}` : `--${option} ${value}`
}

function optionOf(parameter: string): string {
  const others = { language: 'lang', minScores: 'min-score', encoding: 'out' }
  const all: Readonly<Record<string, string>> = {
    ...others,
    ...Object.fromEntries(
      Object.entries(TEXTS).map(([option, { parameter: name }]) => [name, option]),
    ),
    ...Object.fromEntries(
      Object.entries(FLAGS).map(([option, { parameter: name }]) => [name, option]),
    ),
  }
  return all[parameter] ?? parameter
}

/** Of files that hold data, in no form that is written here. */
const OTHER_ENDING =
  /\.(?:json|ndjson|csv|tsv|txt|xlsx?|arrow|feather|avro|orc|db|sqlite|gz|zst|zip|tar|tgz|pq)$/i

/** Whoever names a file of another form wants no folder of that name. */
function refuseOtherEnding(out: string): void {
  const [ending] = OTHER_ENDING.exec(out) ?? []
  if (ending === undefined) return
  throw new UsageError(
    `Name a folder with --out, or a file that ends in .jsonl, .jsonl.gz or .parquet: ${ending} is not written`,
  )
}

function queryOf(values: Values, named: Encoding | null): ExportQuery {
  const texts = Object.entries(TEXTS).flatMap(([option, { parameter }]) => {
    const value = values[option as keyof typeof TEXTS]
    return value === undefined ? [] : [[parameter, value] as const]
  })
  const flags = Object.entries(FLAGS).flatMap(([option, { parameter, sets }]) =>
    values[option as keyof typeof FLAGS] ? [[parameter, sets] as const] : [],
  )
  if (values['keep-duplicates'] && values['remove-duplicates']) {
    throw new UsageError('Give one of --keep-duplicates and --remove-duplicates')
  }
  requireRange(values)
  const { from, to } = values
  const scores = values['min-score']
  return {
    ...Object.fromEntries([...texts, ...flags]),
    encoding: endingOf(values, named),
    ...(values.lang.length > 0 && { language: values.lang.join(',') }),
    ...(scores.length > 0 && { minScores: scores.join(',') }),
    ...(values.tenant.length > 0 && { tenant: values.tenant }),
    ...(from !== undefined && { from: new Date(from).toISOString() }),
    ...(to !== undefined && { to: new Date(to).toISOString() }),
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
  const asked = parquet ? 'parquet' : gzip ? 'jsonl.gz' : named
  if (named !== null && asked !== named) {
    throw new UsageError(
      `Leave out --${parquet ? 'parquet' : 'gzip'}, or name a file with --out that ends in .${asked}: it ends in .${named}`,
    )
  }
  if (parquet && gzip) {
    throw new UsageError('Leave out --gzip: Parquet compresses by itself (--codec)')
  }
  return asked ?? 'jsonl'
}
