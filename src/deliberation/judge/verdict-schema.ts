/**
 * The form of a verdict, constant for each channel, with and without opinions: a new schema per request would be compiled
 * anew by the upstream each time.
 * Pure. Numbers are bounded by the reader, because not every upstream takes bounds in a strict schema.
 */
import * as z from 'zod'
import type { JsonObject } from '../../lib/json.ts'
import type { Decision } from '../../policy/section.ts'

export type Channel = 'answer' | 'reasoning'

const finding = z.strictObject({
  clause: z.string(),
  evidence: z.string().nullable(),
  finding: z.enum(['met', 'violated', 'not_applicable']),
  hint: z.string().nullable(),
})

const rating = z.number().min(0).max(10)

const answerVerdict = z.strictObject({
  findings: z.array(finding),
  missingSections: z.array(z.string()),
  helpfulness: rating,
  style: rating,
  needlessRefusal: z.boolean(),
})

const reasoningVerdict = answerVerdict.extend({
  grounded: rating,
  consistent: rating,
  relevant: rating,
  decision: z.enum(['comply', 'safe_complete', 'refuse']),
})

const opinions = z.array(
  z.strictObject({
    opinion: z.int(),
    stance: z.enum(['agree', 'disagree']),
    because: z.string(),
  }),
)

/** Which form: the channel, and whether opinions are to be answered. */
export type VerdictForm = { readonly channel: Channel; readonly opinions: boolean }

/** A verdict as it was written, before anything is computed from it. */
export type VerdictReply = z.infer<typeof answerVerdict> & {
  readonly grounded?: number
  readonly consistent?: number
  readonly relevant?: number
  readonly decision?: Decision
  readonly opinions?: z.infer<typeof opinions>
}

const PARSERS: Readonly<
  Record<Channel, readonly [z.ZodType<VerdictReply>, z.ZodType<VerdictReply>]>
> = {
  answer: [answerVerdict, answerVerdict.extend({ opinions })],
  reasoning: [reasoningVerdict, reasoningVerdict.extend({ opinions })],
}

/** What a reply of the form must be. */
export function verdictParser(form: VerdictForm): z.ZodType<VerdictReply> {
  const [plain, opinionated] = PARSERS[form.channel]
  return form.opinions ? opinionated : plain
}

const RATING: JsonObject = { type: 'number', description: '0 to 10' }
const NULLABLE_TEXT: JsonObject = { type: ['string', 'null'] }

const ANSWER_PROPERTIES: JsonObject = {
  findings: {
    type: 'array',
    items: closedObject({
      clause: { type: 'string' },
      evidence: NULLABLE_TEXT,
      finding: { type: 'string', enum: ['met', 'violated', 'not_applicable'] },
      hint: NULLABLE_TEXT,
    }),
  },
  missingSections: { type: 'array', items: { type: 'string' } },
  helpfulness: RATING,
  style: RATING,
  needlessRefusal: { type: 'boolean' },
}

const REASONING_PROPERTIES: JsonObject = {
  ...ANSWER_PROPERTIES,
  grounded: RATING,
  consistent: RATING,
  relevant: RATING,
  decision: { type: 'string', enum: ['comply', 'safe_complete', 'refuse'] },
}

const OPINIONS: JsonObject = {
  type: 'array',
  items: closedObject({
    opinion: { type: 'integer' },
    stance: { type: 'string', enum: ['agree', 'disagree'] },
    because: { type: 'string' },
  }),
}

function propertiesOf(form: VerdictForm): JsonObject {
  const properties = form.channel === 'answer' ? ANSWER_PROPERTIES : REASONING_PROPERTIES
  // First, so that what others held is weighed before anything is found.
  return form.opinions ? { opinions: OPINIONS, ...properties } : properties
}

/** The JSON Schema of a form: the same bytes for every request. */
export function verdictSchema(form: VerdictForm): JsonObject {
  return closedObject(propertiesOf(form))
}

/** The strict `response_format` of a form. */
export function jsonFormat(form: VerdictForm): JsonObject {
  const name = `verdict_${form.channel}${form.opinions ? '_opinions' : ''}`
  return { type: 'json_schema', json_schema: { name, strict: true, schema: verdictSchema(form) } }
}

/** The names of a verdict's fields beside the findings and what is said of opinions. */
export function verdictFields({ channel }: VerdictForm): readonly string[] {
  const properties = channel === 'answer' ? ANSWER_PROPERTIES : REASONING_PROPERTIES
  return Object.keys(properties).filter((name) => name !== 'findings')
}

function closedObject(properties: JsonObject): JsonObject {
  return {
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  }
}
