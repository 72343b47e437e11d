/** Policies as the admin surface tells of them: states, revisions, rejections, reports. Schemas, no I/O. */
import * as z from 'zod'
import { ADMISSION_CODES } from '../revisions/admission-code.ts'
import { envelopeSchema, revisionPayloadSchema } from '../revisions/revision.ts'
import { digestSchema, policyIdSchema, revisionNumberSchema, timeSchema } from './common-schemas.ts'

export const policyStateSchema = z.object({
  policy: policyIdSchema,
  version: z.int().min(0).describe('Counted from 1 by every change; the ETag is this in quotes'),
  action: z.enum(['activate', 'stage', 'halt', 'rollback']),
  active: revisionNumberSchema.describe('0: the bundle built into the program'),
  activeDigest: digestSchema,
  candidate: revisionNumberSchema.nullable().describe('A staged revision, not committed yet'),
  candidateDigest: digestSchema.nullable(),
  percent: z.number().min(0).max(100).describe('The share of callers whom the candidate serves'),
  shadow: z.boolean().describe('True: the candidate is also run beside the active revision'),
  changed: timeSchema,
  changedBy: z.string(),
  reason: z.string().nullable().describe('Why, where the gateway did it by itself'),
})

export const admissionProblemSchema = z.object({
  code: z.enum(ADMISSION_CODES),
  message: z.string(),
  file: z.exactOptional(z.string()),
  line: z.exactOptional(z.int().min(1)),
  pointer: z.exactOptional(z.string()).describe('A JSON pointer into what was sent'),
})

const casesSchema = z.object({
  cases: z.array(
    z.object({
      id: z.string(),
      place: z.object({ file: z.string(), line: z.int() }),
      outcome: z.enum(['passed', 'failed', 'skipped']),
      missing: z.array(z.string()),
      needless: z.array(z.object({ section: z.string(), reason: z.string() })),
    }),
  ),
  sections: z.array(
    z.object({
      section: z.string(),
      expected: z.int(),
      found: z.int(),
      negatives: z.int(),
      needless: z.int(),
    }),
  ),
  decisionsSkipped: z.int(),
})

const decisionsSchema = z.object({
  model: z.string(),
  cases: z.array(
    z.object({
      id: z.string(),
      outcome: z.enum(['passed', 'failed', 'unjudged']),
      expected: z.object({
        decision: z.exactOptional(z.string()),
        clauses: z.exactOptional(z.array(z.string())),
      }),
      got: z.object({ decision: z.string().nullable(), clauses: z.array(z.string()) }),
    }),
  ),
})

const testedSchema = z.object({
  selection: casesSchema,
  decisions: decisionsSchema.nullable().describe('Null where no model was there to try them'),
})

export const admissionReportSchema = testedSchema.extend({
  signers: z.array(z.string()),
  warnings: z.array(z.string()),
})

export const checkReportSchema = z.object({
  ok: z.boolean().describe('True when it could be pushed'),
  digest: digestSchema.nullable(),
  testsDigest: digestSchema.nullable(),
  problems: z.array(admissionProblemSchema),
  warnings: z.array(admissionProblemSchema),
  report: testedSchema.nullable().describe('Null where it was not worth testing'),
})

const pushed = { pushed: timeSchema, pushedBy: z.string() }

export const revisionSchema = z.object({
  policy: policyIdSchema,
  number: revisionNumberSchema,
  digest: digestSchema,
  payload: revisionPayloadSchema,
  jws: envelopeSchema,
  report: admissionReportSchema,
  ...pushed,
  bundle: z.exactOptional(z.looseObject({})).describe('With include=bundle: what was compiled'),
  tests: z.exactOptional(z.array(z.unknown())).describe('With include=tests: the golden cases'),
})

const admittedSchema = z.object({
  state: z.literal('admitted'),
  policy: policyIdSchema,
  number: revisionNumberSchema,
  digest: digestSchema,
  payload: revisionPayloadSchema,
  signers: z.array(z.string()),
  warnings: z.array(z.string()),
  ...pushed,
})

const rejectedSchema = z.object({
  state: z.literal('rejected'),
  id: z.string(),
  policy: policyIdSchema,
  number: z.number().nullable().describe('As it claimed; null where it could not be read'),
  digest: z.string().nullable(),
  problems: z.array(admissionProblemSchema),
  ...pushed,
})

export const policiesSchema = z.object({ policies: z.array(policyStateSchema) })

const next = z.string().nullable().describe('The cursor of the next page; null at the end')

export const historySchema = z.object({ states: z.array(policyStateSchema), next })

export const revisionsSchema = z.object({
  revisions: z.array(z.discriminatedUnion('state', [admittedSchema, rejectedSchema])),
  next,
})
