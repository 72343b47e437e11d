/** What `chambers harvest export` is told, read and checked. Reads the arguments alone. */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { type CascadeOptions, cascadeOptionsSchema } from '../harvest/cascade.ts'
import { FORMATS, type FormatOptions } from '../harvest/formats/format.ts'
import { ALL_TRAIN, parseSplits, type Splits } from '../harvest/split.ts'
import { ENDINGS, type Ending } from '../harvest/write-files.node.ts'
import type { JsonObject } from '../lib/json.ts'
import { LABEL_KINDS } from '../transcript/label.ts'
import type { TranscriptFilter } from '../transcript/list.ts'
import { CONNECTION } from './admin-token.node.ts'
import { UsageError } from './io.ts'
import { readCount } from './read-count.ts'
import { TRANSCRIPT_KEY_OPTION } from './transcript-key-file.node.ts'

const many = { type: 'string', multiple: true, default: [] as string[] } as const
const flag = { type: 'boolean', default: false } as const
const text = { type: 'string' } as const

const OPTIONS = {
  ...CONNECTION,
  ...TRANSCRIPT_KEY_OPTION,
  format: { type: 'string', default: 'sft' },
  out: text,
  force: flag,
  parquet: flag,
  gzip: flag,
  codec: { type: 'string', default: 'snappy' },
  split: text,
  'with-reasoning': flag,
  'think-tags': flag,
  policy: text,
  digest: text,
  section: text,
  decision: text,
  outcome: text,
  from: text,
  to: text,
  app: text,
  tenant: many,
  model: text,
  family: text,
  session: text,
  label: text,
  'min-score': many,
  'min-samples': text,
  internal: flag,
  'no-redaction': flag,
  'drop-special': flag,
  'hazard-from': text,
  'hazard-words': text,
  'keep-duplicates': flag,
  'remove-duplicates': flag,
  'max-per-tenant': text,
  'max-per-template': text,
  'max-per-cell': text,
  'min-look-alikes': text,
  decontaminate: many,
} as const

type Values = ReturnType<typeof parse>['values']

export type ExportSettings = {
  readonly format: FormatOptions
  readonly filter: TranscriptFilter
  readonly cascade: CascadeOptions
  readonly splits: Splits
  /** Evaluation files to keep out. */
  readonly evaluations: readonly string[]
  readonly out: string
  /** True where one file is named, and not a folder. */
  readonly single: boolean
  readonly ending: Ending
  readonly codec: Codec
  readonly force: boolean
  readonly key: string | undefined
  readonly url: string | undefined
  readonly token: string | undefined
  /** The names of the options that were given. */
  readonly given: readonly string[]
  /** All of it that says what comes out, for the manifest. */
  readonly arguments: JsonObject
}

export const CODECS = ['snappy', 'zstd', 'gzip', 'none'] as const

export type Codec = (typeof CODECS)[number]

/** @throws UsageError that says what to write instead. */
export function readExportSettings(args: readonly string[]): ExportSettings {
  const { values } = parse(args)
  const { out, key, url, token, force } = values
  if (out === undefined) {
    throw new UsageError(
      'Name a folder, or a file that ends in .jsonl, .jsonl.gz or .parquet: --out',
    )
  }
  const named = ENDINGS.findLast((ending) => out.endsWith(`.${ending}`)) ?? null
  const codec = oneOf('--codec', values.codec, CODECS)
  const ending = endingOf(values, named)
  const single = named !== null
  if (single && values.split !== undefined) {
    throw new UsageError('Name a folder with --out where there is a --split: each is a file')
  }
  const format: FormatOptions = {
    name: oneOf('--format', values.format, FORMATS),
    withReasoning: values['with-reasoning'],
    thinkTags: values['think-tags'],
  }
  checkReasoning(format)
  const filter = filterOf(values)
  if (url !== undefined && values.tenant.length > 1) {
    throw new UsageError('Give one --tenant at a time with --url')
  }
  const cascade = cascadeOf(values, format)
  const splits = splitsOf(values.split)
  return {
    format,
    filter,
    cascade,
    splits,
    evaluations: values.decontaminate,
    out: resolve(out),
    single,
    ending,
    codec,
    force,
    key,
    url,
    token,
    given: givenIn(args),
    arguments: {
      with_reasoning: format.withReasoning,
      think_tags: format.thinkTags,
      filter: { ...filter, label: filter.label ?? null, family: filter.family ?? null },
      cascade: z.record(z.string(), z.json()).parse(cascade) as JsonObject,
      splits: { ...splits },
      encoding: ending === 'parquet' ? `parquet ${codec}` : ending,
    },
  }
}

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS })
}

function givenIn(args: readonly string[]): readonly string[] {
  const { tokens } = parseArgs({ args: [...args], options: OPTIONS, tokens: true })
  return tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []))
}

function endingOf({ parquet, gzip }: Values, named: Ending | null): Ending {
  if (named !== null) return named
  if (parquet && gzip) {
    throw new UsageError('Leave out --gzip: Parquet compresses by itself (--codec)')
  }
  if (parquet) return 'parquet'
  return gzip ? 'jsonl.gz' : 'jsonl'
}

function checkReasoning({ name, withReasoning, thinkTags }: FormatOptions): void {
  const takes = ['preference', 'kto', 'judge'].includes(name)
  if (withReasoning && !takes) {
    const instead = name === 'sft' ? 'use --format sft-cot' : 'leave it out'
    throw new UsageError(
      `--with-reasoning goes with preference, kto and judge; with ${name} ${instead}`,
    )
  }
  const shows = name === 'sft-cot' || (withReasoning && name !== 'judge')
  if (thinkTags && !shows) {
    throw new UsageError(
      '--think-tags goes with sft-cot, and with preference or kto --with-reasoning',
    )
  }
}

function filterOf(values: Values): TranscriptFilter {
  const { policy = null, digest = null, section = null, app = null, model = null } = values
  const { family = null, session = null, label, tenant } = values
  const kind = label === undefined ? null : oneOf('--label', label, LABEL_KINDS)
  return {
    tenants: tenant.length > 0 ? tenant : null,
    policy,
    digest,
    section,
    app,
    model,
    family,
    session,
    mode: null,
    outcome: optional('--outcome', values.outcome, OUTCOMES),
    decision: optional('--decision', values.decision, DECISIONS),
    label: kind,
    from: timeOf('--from', values.from),
    to: timeOf('--to', values.to),
  }
}

const OUTCOMES = ['released', 'redrafted', 'substituted', 'passed', 'failed'] as const
const DECISIONS = ['comply', 'safe_complete', 'refuse'] as const

function cascadeOf(values: Values, { name, withReasoning }: FormatOptions): CascadeOptions {
  const count = (
    option: 'min-samples' | 'hazard-words' | `max-per-${'tenant' | 'template' | 'cell'}`,
  ) => readCount(`--${option}`, values[option], 1_000_000_000)
  if (values['keep-duplicates'] && values['remove-duplicates']) {
    throw new UsageError('Give one of --keep-duplicates and --remove-duplicates')
  }
  const words = count('hazard-words')
  const read = cascadeOptionsSchema.safeParse({
    format: name,
    reasoning: withReasoning,
    minScores: scoresOf(values['min-score']),
    minSamples: count('min-samples'),
    onlyGood: values.label === 'good',
    redact: !values['no-redaction'],
    specialCategories: values['drop-special'] ? 'drop' : 'keep',
    hazard: {
      ...(values['hazard-from'] !== undefined && { from: values['hazard-from'] }),
      ...(words !== null && { maxWords: words }),
    },
    internal: values.internal,
    duplicates: values['keep-duplicates'] ? 'keep' : values['remove-duplicates'] ? 'remove' : null,
    maxPerTenant: count('max-per-tenant'),
    maxPerTemplate: count('max-per-template'),
    maxPerCell: count('max-per-cell'),
    minLookAlikes: shareOf(values['min-look-alikes']),
  })
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw new UsageError(`Mend ${issue?.path.join('.') ?? 'the options'}: ${issue?.message ?? ''}`)
}

function scoresOf(all: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    all.map((one) => {
      const [, name, least] = /^(\w+)=(\d{1,2}(?:\.\d+)?)$/.exec(one) ?? []
      if (name !== undefined) return [name, Number(least)]
      throw new UsageError(`Set --min-score to a score and its least value, as style=8: ${one}`)
    }),
  )
}

function shareOf(share: string | undefined): number | null {
  if (share === undefined) return null
  const value = Number(share)
  if (share !== '' && value >= 0 && value <= 0.95) return value
  throw new UsageError(`Set --min-look-alikes to a share from 0 to 0.95: ${share}`)
}

function splitsOf(asked: string | undefined): Splits {
  if (asked === undefined) return ALL_TRAIN
  const read = parseSplits(asked)
  if (read.ok) return read.value
  throw new UsageError(`Set --split to three shares of a hundred, as 90/5/5: ${asked}`)
}

function timeOf(option: string, moment: string | undefined): number | null {
  if (moment === undefined) return null
  const time = Date.parse(moment)
  if (!Number.isNaN(time)) return time
  throw new UsageError(`Set ${option} to a date like 2027-01-31: ${moment}`)
}

function optional<Value extends string>(
  option: string,
  value: string | undefined,
  known: readonly Value[],
): Value | null {
  return value === undefined ? null : oneOf(option, value, known)
}

function oneOf<Value extends string>(
  option: string,
  value: string,
  known: readonly Value[],
): Value {
  const found = known.find((one) => one === value)
  if (found !== undefined) return found
  throw new UsageError(`Set ${option} to one of ${known.join(', ')}: ${value}`)
}
