/**
 * What an export may be asked for, as texts by name: the parameters of `GET /admin/v1/export`, and behind the options of
 * `chambers harvest export`. Both read it here, so that both give the same rows and name the same arguments. Pure.
 */
import * as z from 'zod'
import type { JsonObject } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import { SEVERITIES } from '../../policy/section.ts'
import { LANGUAGES } from '../../text/language.ts'
import type { TranscriptFilter } from '../../transcript/store/list.ts'
import type { DatasetSplit } from '../example.ts'
import { FORMATS, type FormatOptions } from '../formats/format.ts'
import { type CascadeOptions, cascadeOptionsSchema, removesDuplicates } from './cascade.ts'
import { parseSplits, type Splits } from './examples/split.ts'

/** As the names of files end. */
export const ENCODINGS = ['jsonl', 'jsonl.gz', 'parquet'] as const

export type Encoding = (typeof ENCODINGS)[number]

export const CODECS = ['snappy', 'zstd', 'gzip', 'none'] as const

export type Codec = (typeof CODECS)[number]

const flag = (value: 'true' | 'false') => z.enum(['true', 'false']).default(value)

const number = z.coerce.number<string>()

const count = number.int().min(1).max(1_000_000_000).optional()

export const exportParameters = {
  format: z.enum(FORMATS),
  encoding: z.enum(ENCODINGS).default('jsonl'),
  codec: z.enum(CODECS).default('snappy').describe('Of Parquet'),
  splits: z
    .string()
    .regex(/^\d{1,3}\/\d{1,3}\/\d{1,3}$/, { error: 'Send three shares of a hundred, as 90/5/5' })
    .default('100/0/0')
    .describe('three shares of a hundred, as 90/5/5: train, validation and test'),
  split: z
    .enum(['train', 'validation', 'test'])
    .optional()
    .describe('The rows of one; of all without'),
  withReasoning: flag('false').describe('For preference, kto and judge'),
  thinkTags: flag('false').describe('Reasoning within the content'),
  language: z
    .string()
    .regex(/^[a-z]{2,3}(?:,[a-z]{2,3})*$/, { error: 'Send codes of languages, as de,en' })
    .optional()
    .describe(
      `codes of the languages of requests, as de,en, by script and common words; und: not told. There are ${LANGUAGES.join(' ')}`,
    ),
  minScores: z
    .string()
    .regex(/^\w+:\d{1,2}(?:\.\d+)?(?:,\w+:\d{1,2}(?:\.\d+)?)*$/, {
      error: 'Send scores by their names, as style:8,helpfulness:7',
    })
    .optional()
    .describe('`style:8,helpfulness:7`: the lowest over all verdicts'),
  minSamples: number
    .int()
    .min(0)
    .max(100)
    .optional()
    .describe('a whole number up to 100: so many verdicts on the answer'),
  internal: flag('false').describe('With what may be trained on internally alone'),
  redact: flag('true').describe('Personal data and secrets as placeholders'),
  specialCategories: z
    .enum(['keep', 'drop'])
    .default('keep')
    .describe('Of personal data: health, faith, origin, sexuality, minors'),
  hazardFrom: z
    .enum(SEVERITIES)
    .optional()
    .describe('Reasoning behind a refusal is set apart from this severity on'),
  hazardWords: count.describe('a whole number from 1: words of reasoning at that severity'),
  duplicates: z.enum(['keep', 'remove']).optional(),
  nearDuplicates: z
    .union([z.literal('off'), number.min(0.5).max(1)])
    .optional()
    .describe(
      'a share from 0.5 to 1, or off: from which share of common runs of five words on, two are near duplicates; 0.8 without. Those that differ in a number are not',
    ),
  maxPerTenant: count.describe('a whole number from 1'),
  maxPerTemplate: count.describe('a whole number from 1'),
  maxPerCell: count.describe('a whole number from 1: of section and decision'),
  minLookAlikes: number
    .min(0)
    .max(0.95)
    .optional()
    .describe('a share from 0 to 0.95: of benign requests on sensitive matters'),
}

const exportSchema = z.object(exportParameters)

export type ExportParameters = z.output<typeof exportSchema>

/** What it comes to. */
export type ExportOptions = {
  readonly format: FormatOptions
  readonly cascade: CascadeOptions
  readonly splits: Splits
  /** Null: all of them. */
  readonly split: DatasetSplit | null
  readonly encoding: Encoding
  readonly codec: Codec
}

export type ParameterFault = { readonly parameter: string; readonly message: string }

/** What a parameter, and a value of it, is called where it was given: `format=sft-cot`, or `--format sft-cot`. */
export type Say = (parameter: keyof ExportParameters, value?: string) => string

export type ReadExportOptions = {
  /** True for what people labelled good alone. */
  readonly onlyGood: boolean
  readonly say: Say
}

export function readExportOptions(
  given: ExportParameters,
  { onlyGood, say }: ReadExportOptions,
): Result<ExportOptions, ParameterFault> {
  const { format: name, encoding, codec, split = null } = given
  const format: FormatOptions = {
    name,
    withReasoning: given.withReasoning === 'true',
    thinkTags: given.thinkTags === 'true',
  }
  const splits = parseSplits(given.splits)
  if (!splits.ok) {
    const message = `Set ${say('splits')} to three shares of a hundred, as 90/5/5: ${given.splits}`
    return fail({ parameter: 'splits', message })
  }
  const fault = reasoningFault(format, say)
  if (fault) return fail(fault)
  const cascade = readCascade(given, onlyGood, say)
  if (!cascade.ok) return cascade
  return succeed({ format, cascade: cascade.value, splits: splits.value, split, encoding, codec })
}

function nearShare(given: ExportParameters['nearDuplicates']): number | null | undefined {
  return given === 'off' ? null : given
}

function reasoningFault(
  { name, withReasoning, thinkTags }: FormatOptions,
  say: Say,
): ParameterFault | null {
  const takes = ['preference', 'kto', 'judge'].includes(name)
  if (withReasoning && !takes) {
    const instead = name === 'sft' ? `use ${say('format', 'sft-cot')}` : 'leave it out'
    const message = `${say('withReasoning')} goes with preference, kto and judge; with ${name} ${instead}`
    return { parameter: 'withReasoning', message }
  }
  const shows = name === 'sft-cot' || (withReasoning && name !== 'judge')
  if (!thinkTags || shows) return null
  const message = `${say('thinkTags')} goes with sft-cot, and with preference or kto ${say('withReasoning')}`
  return { parameter: 'thinkTags', message }
}

/** By field of the options: the parameter that sets it. */
const SET_BY: Readonly<Record<string, keyof ExportParameters>> = {
  languages: 'language',
  minScores: 'minScores',
}

function readCascade(
  given: ExportParameters,
  onlyGood: boolean,
  say: Say,
): Result<CascadeOptions, ParameterFault> {
  const { minScores, language, hazardFrom, hazardWords } = given
  const scores = (minScores?.split(',') ?? []).map((one) => {
    const [name = '', least] = one.split(':')
    return [name, Number(least)]
  })
  const read = cascadeOptionsSchema.safeParse({
    format: given.format,
    reasoning: given.withReasoning === 'true',
    languages: language?.split(',') ?? [],
    minScores: Object.fromEntries(scores),
    minSamples: given.minSamples ?? null,
    onlyGood,
    redact: given.redact === 'true',
    specialCategories: given.specialCategories,
    hazard: {
      ...(hazardFrom !== undefined && { from: hazardFrom }),
      ...(hazardWords !== undefined && { maxWords: hazardWords }),
    },
    internal: given.internal === 'true',
    duplicates: given.duplicates ?? null,
    nearDuplicates: nearShare(given.nearDuplicates),
    maxPerTenant: given.maxPerTenant ?? null,
    maxPerTemplate: given.maxPerTemplate ?? null,
    maxPerCell: given.maxPerCell ?? null,
    minLookAlikes: given.minLookAlikes ?? null,
  })
  if (read.success && given.nearDuplicates !== undefined && !removesDuplicates(read.data)) {
    const message = `Leave out ${say('nearDuplicates')}, or add ${say('duplicates', 'remove')}: duplicates are kept here`
    return fail({ parameter: 'nearDuplicates', message })
  }
  if (read.success) return succeed(read.data)
  const [issue] = read.error.issues
  const parameter = SET_BY[String(issue?.path[0])] ?? 'format'
  return fail({
    parameter,
    message:
      issue?.code === 'custom'
        ? issue.message
        : `Mend ${say(parameter)}: ${issue?.message ?? 'it cannot be read'}`,
  })
}

/**
 * All that says what comes out, defaults spelt out: for the manifest, and for the note of the export. `decontaminate`: SHA-256 of the
 * evaluations that are kept out.
 */
export function argumentsOf(
  options: ExportOptions,
  filter: TranscriptFilter,
  decontaminate: readonly string[] = [],
): JsonObject {
  const { format, cascade, splits, split, encoding, codec } = options
  return {
    with_reasoning: format.withReasoning,
    think_tags: format.thinkTags,
    filter: { ...filter, label: filter.label ?? null, family: filter.family ?? null },
    cascade: z.record(z.string(), z.json()).parse(cascade) as JsonObject,
    decontaminate,
    splits: { ...splits },
    ...(split !== null && { split }),
    encoding: encoding === 'parquet' ? `parquet ${codec}` : encoding,
  }
}
