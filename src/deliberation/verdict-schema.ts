/**
 * The form of a verdict, constant for each channel: a new schema per request would be compiled anew by the upstream each time.
 * Pure. Numbers are bounded by the reader, because not every upstream takes bounds in a strict schema.
 */
import * as z from 'zod'
import type { JsonObject } from '../lib/json.ts'
import type { Decision } from '../policy/section.ts'

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

/** A verdict as it was written, before anything is computed from it. */
export type VerdictReply = z.infer<typeof answerVerdict> & {
  readonly grounded?: number
  readonly consistent?: number
  readonly relevant?: number
  readonly decision?: Decision
}

/** What a reply of the channel must be. */
export function verdictParser(channel: Channel): z.ZodType<VerdictReply> {
  return channel === 'answer' ? answerVerdict : reasoningVerdict
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

/** The JSON Schemas sent to upstreams. */
export const VERDICT_SCHEMAS: Readonly<Record<Channel, JsonObject>> = {
  answer: closedObject(ANSWER_PROPERTIES),
  reasoning: closedObject(REASONING_PROPERTIES),
}

/** The strict `response_format` of a channel. */
export function verdictFormat(channel: Channel): JsonObject {
  return {
    type: 'json_schema',
    json_schema: { name: `verdict_${channel}`, strict: true, schema: VERDICT_SCHEMAS[channel] },
  }
}

/** The names of a verdict's fields beside the findings. */
export function verdictFields(channel: Channel): readonly string[] {
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
