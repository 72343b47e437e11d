/**
 * The filter cascade: which stages an export goes through, in the paper's order, as its options say. Pure but for what set stages
 * remember: a cascade is for one export. Rows are kept or dropped, and redacted; nothing is rewritten to look better.
 */
import * as z from 'zod'
import { SEVERITIES } from '../../policy/section.ts'
import { LANGUAGES } from '../../text/language.ts'
import { FORMATS, type FormatName } from '../formats/format.ts'
import type { ExampleStage, SetStage } from '../stage.ts'
import { createBalanceStage } from '../stages/balance.ts'
import { createCapStage } from '../stages/cap.ts'
import { createConsentStage } from '../stages/consent.ts'
import { createConsistencyStage } from '../stages/consistency.ts'
import { createDecontaminationStage } from '../stages/decontaminate.ts'
import { createDuplicateStage, NEAR } from '../stages/duplicates.ts'
import type { EvaluationIndex } from '../stages/evaluation-index.ts'
import { createForeignPolicyStage } from '../stages/foreign-policy.ts'
import { createFormatStage } from '../stages/format.ts'
import { createGroundingStage } from '../stages/grounding.ts'
import { createHazardStage } from '../stages/hazard.ts'
import { createJudgedStage } from '../stages/judged.ts'
import { createLabelStage } from '../stages/labels.ts'
import { createLanguageStage } from '../stages/language.ts'
import { createRedactionStage } from '../stages/redact.ts'
import { createRightsStage } from '../stages/rights.ts'
import { createSpecialCategoryStage } from '../stages/special-category.ts'

/** `judge` and `transcript` show what happened, good or bad: of them only what may not leave is kept back. */
const RECORD_FORMATS = ['judge', 'transcript'] as const

/** What rows of a format show of an answer that people may have labelled. */
const SHOWN = {
  sft: 'answer',
  'sft-cot': 'answer',
  preference: 'answer',
  kto: 'verdict',
  rl: 'prompt',
  judge: 'record',
  transcript: 'record',
} as const satisfies Record<FormatName, string>

const severity = z.enum(SEVERITIES)

const score = z.number().min(0).max(10).optional()

const count = z.int().positive().nullable().default(null)

/** The scores that only a verdict gives which saw the reasoning. */
const REVIEW_SCORES = ['grounded', 'consistent', 'relevant'] as const

export const cascadeOptionsSchema = z
  .strictObject({
    format: z.enum(FORMATS),
    /** True where rows of `preference`, `kto` or `judge` are to show the reasoning, too. */
    reasoning: z.boolean().default(false),
    /** The lowest over all samples and channels. */
    minScores: z
      .strictObject({
        helpfulness: score,
        style: score,
        grounded: score,
        consistent: score,
        relevant: score,
      })
      .default({}),
    /** How many verdicts on the answer there must be; null: one, and none for records. */
    minSamples: z.int().min(0).max(100).nullable().default(null),
    /** Of the request, as codes that `detectLanguage` gives; none: any. */
    languages: z.array(z.enum(LANGUAGES)).default([]),
    /** Only what somebody labelled good. */
    onlyGood: z.boolean().default(false),
    redact: z.boolean().default(true),
    /** Examples in which somebody tells of their health, faith, origin, sexuality, or that they are a minor. */
    specialCategories: z.enum(['keep', 'drop']).default('keep'),
    hazard: z
      .strictObject({
        from: severity.default('high'),
        /** At the severity `from`; each above it halves them. */
        maxWords: z.int().positive().default(600),
      })
      .prefault({}),
    /** By section, where no verdict tells. */
    severities: z.record(z.string(), severity).default({}),
    /** What may be trained on internally alone goes out, too. */
    internal: z.boolean().default(false),
    /** Null: removed, but for records. */
    duplicates: z.enum(['keep', 'remove']).nullable().default(null),
    /** From which share of common 5-grams on two are near; null: the same words alone. */
    nearDuplicates: z.number().min(0.5).max(1).nullable().default(NEAR),
    maxPerTenant: count,
    maxPerTemplate: count,
    maxPerCell: count,
    minLookAlikes: z.number().min(0).max(0.95).nullable().default(null),
  })
  .refine(
    ({ format, minScores }) =>
      format !== 'rl' || REVIEW_SCORES.every((name) => minScores[name] === undefined),
    {
      path: ['minScores'],
      error: `Ask rl for helpfulness or style alone: ${REVIEW_SCORES.join(', ')} come from verdicts that saw the reasoning`,
    },
  )

export type CascadeOptions = z.output<typeof cascadeOptionsSchema>

export type Cascade = {
  /** In order; what one drops, none after it sees. */
  readonly examples: readonly ExampleStage[]
  /** In order, over what the stages before left. */
  readonly sets: readonly SetStage[]
}

/** `evaluation`: the sets to keep out; null: none were given. */
export function createCascade(
  options: CascadeOptions,
  evaluation: EvaluationIndex | null = null,
): Cascade {
  return { examples: exampleStages(options, evaluation), sets: setStages(options) }
}

function exampleStages(
  options: CascadeOptions,
  evaluation: EvaluationIndex | null,
): readonly ExampleStage[] {
  const { format, languages, specialCategories, redact, internal, onlyGood } = options
  return [
    ...(languages.length > 0 ? [createLanguageStage(languages)] : []),
    ...(isRecord(options) ? [] : qualityStages(options)),
    ...judgeStages(options),
    createDecontaminationStage(evaluation),
    ...(specialCategories === 'drop' ? [createSpecialCategoryStage()] : []),
    ...(redact ? [createRedactionStage()] : []),
    ...(showsReasoning(options) ? [createHazardStage(hazardOptions(options))] : []),
    createRightsStage({ internal }),
    createConsentStage(),
    createLabelStage({ onlyGood, shows: SHOWN[format] }),
  ]
}

function qualityStages(options: CascadeOptions): readonly ExampleStage[] {
  const reviews = countsReviews(options)
  return [
    createFormatStage({ reasoning: showsReasoning(options), answer: options.format !== 'rl' }),
    createGroundingStage({ reviews }),
    createConsistencyStage({ reviews }),
    createForeignPolicyStage({ reasoning: showsReasoning(options) }),
  ]
}

function judgeStages(options: CascadeOptions): readonly ExampleStage[] {
  const { minScores, format } = options
  const minSamples = options.minSamples ?? (isRecord(options) ? 0 : 1)
  const isAsked = minSamples > 0 || Object.keys(minScores).length > 0
  if (isRecord(options) && !isAsked) return []
  const reviews = countsReviews(options)
  return [createJudgedStage({ minSamples, minScores, reviews, fallbacks: format !== 'sft' })]
}

/** Balance comes last, because duplicates that go out after it would undo it. */
function setStages(options: CascadeOptions): readonly SetStage[] {
  const { nearDuplicates, maxPerTenant, maxPerTemplate, maxPerCell, minLookAlikes } = options
  return [
    ...(removesDuplicates(options) ? [createDuplicateStage(nearDuplicates)] : []),
    ...(maxPerTenant === null ? [] : [createCapStage({ by: 'tenant', max: maxPerTenant })]),
    ...(maxPerTemplate === null ? [] : [createCapStage({ by: 'template', max: maxPerTemplate })]),
    ...(maxPerCell === null && minLookAlikes === null
      ? []
      : [createBalanceStage({ maxPerCell, minLookAlikes })]),
  ]
}

/** Records are kept unless it is asked for. */
export function removesDuplicates(options: Pick<CascadeOptions, 'format' | 'duplicates'>): boolean {
  return (options.duplicates ?? (isRecord(options) ? 'keep' : 'remove')) === 'remove'
}

function hazardOptions({ hazard, severities }: CascadeOptions) {
  return { ...hazard, severities }
}

function isRecord({ format }: Pick<CascadeOptions, 'format'>): boolean {
  return RECORD_FORMATS.some((one) => one === format)
}

/** What rewards must not read, must not choose the rows of a reward either. */
function countsReviews({ format }: CascadeOptions): boolean {
  return format !== 'rl'
}

/** True where the rows hold reasoning. */
function showsReasoning(options: CascadeOptions): boolean {
  const { format, reasoning } = options
  if (format === 'sft-cot' || format === 'transcript') return true
  return reasoning && format !== 'sft' && format !== 'rl'
}
