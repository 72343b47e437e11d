/** Transcripts as the admin surface lists them: rows of the index alone. Schemas, no I/O. */
import * as z from 'zod'
import { MODES } from '../policy/section.ts'
import { LABEL_KINDS } from '../transcript/record/label.ts'
import { CONSENTS } from '../transcript/record/record.ts'
import { SCORE_COLUMNS } from '../transcript/record/row.ts'
import { limitParameter, nameSchema, policyIdSchema, timeSchema } from './common-schemas.ts'
import { labelSchema } from './label-schemas.ts'

export const transcriptIdSchema = z.string().regex(/^tr_[0-9a-f]{32}$/)

const mode = z.enum(MODES)
const outcome = z.enum(['released', 'redrafted', 'substituted', 'passed', 'failed'])
const decision = z.enum(['comply', 'safe_complete', 'refuse'])
const text = z.string().nullable()
const figure = z.number().nullable()
const ONE_SCORE = String.raw`(?:${Object.keys(SCORE_COLUMNS).join('|')}):\d{1,2}(?:\.\d+)?`
const scores = z
  .string()
  .regex(
    new RegExp(`^${ONE_SCORE}(?:,${ONE_SCORE})*$`),
    'Send scores by their names, as style:8,helpfulness:7',
  )
  .optional()

export const transcriptQuerySchema = z.strictObject({
  policy: policyIdSchema.optional(),
  digest: z
    .string()
    .regex(/^[0-9a-f]{4,64}$/)
    .optional()
    .describe('Of the policy, or how it begins'),
  outcome: outcome.optional(),
  decision: decision.optional(),
  section: z
    .string()
    .regex(/^\w{1,64}$/)
    .optional()
    .describe('A section that was injected in full'),
  app: nameSchema.optional(),
  session: nameSchema.optional(),
  tenant: nameSchema.optional(),
  mode: mode.optional(),
  model: nameSchema.optional(),
  family: nameSchema.optional().describe('Of models'),
  label: z.enum(LABEL_KINDS).optional().describe('At least one label of this kind'),
  minScores: scores.describe('`style:8,helpfulness:7`: the lowest over all verdicts, at least'),
  maxScores: scores.describe('The same, at most'),
  from: z.iso.datetime({ offset: true }).optional().describe('Not before this moment'),
  to: z.iso.datetime({ offset: true }).optional().describe('Before this moment'),
  cursor: z
    .string()
    .regex(/^\d{1,15}\.tr_[0-9a-f]{32}$/)
    .optional()
    .describe('The `next` of the page before'),
  limit: limitParameter,
})

const transcriptRowSchema = z.object({
  id: z.string(),
  schemaVersion: z.int(),
  time: timeSchema,
  tenant: z.string(),
  app: z.string(),
  session: text,
  subject: text,
  mode,
  consent: z.enum(CONSENTS),
  policyId: z.string(),
  policyDigest: z.string(),
  policyRevision: z.int(),
  protocolDigest: z.string(),
  sections: z.array(z.string()).describe('Those that were injected in full'),
  outcome,
  outcomeReason: text,
  decision: decision.nullable(),
  attempts: z.int(),
  provider: z.string(),
  model: z.string(),
  family: text,
  license: text,
  trainingRights: z.enum(['none', 'internal', 'open']),
  minHelpfulness: figure,
  minStyle: figure,
  minGrounded: figure,
  minConsistent: figure,
  minRelevant: figure,
  promptTokens: figure,
  completionTokens: figure,
  reasoningTokens: figure,
  judgeTokens: figure,
  totalMs: figure,
  modelMs: figure,
  contentBytes: z.int().describe('0 where no content was kept'),
})

export const transcriptPageSchema = z.object({
  transcripts: z.array(transcriptRowSchema),
  next: z.string().nullable().describe('The cursor of the next page; null at the end'),
})

/** A whole record, or a row with sealed content or none; its own `schema` says how to read it. */
export const transcriptSchema = z.looseObject({
  id: z.string(),
  tenant: z.string(),
  labels: z.array(labelSchema).describe('What people say of it, the oldest first'),
  sealed: z
    .exactOptional(z.string())
    .describe('The record as compact JWE, which the private key of TRANSCRIPT_KEY opens'),
})
