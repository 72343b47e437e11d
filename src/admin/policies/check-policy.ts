/**
 * `POST /admin/v1/policies/{policy}/check`: what would become of a policy that is pushed. Here are the shapes of what is
 * submitted and of what is said to it, for pushes as well; the contents are judged by others.
 */
import * as z from 'zod'
import type { JsonValue } from '../../lib/json.ts'
import { ADMISSION_CODES } from '../../revisions/admission-code.ts'
import type { PolicyControl, PolicySubmission } from '../../revisions/control/control.ts'
import { digestSchema } from '../common-schemas.ts'
import { defineRoute, type Route } from '../route.ts'
import { policyPath, requirePolicy } from './visible-policies.ts'

/** A bundle of a thousand sections with its golden cases is well below. */
export const MAX_SUBMISSION_BYTES = 8 * 1024 * 1024
const MAX_FILES = 1000

export const contentsShape = {
  bundle: z.exactOptional(z.looseObject({})).describe('As `chambers policy build` writes it'),
  tests: z.exactOptional(z.array(z.unknown())).describe('Its golden cases, in their order'),
  files: z
    .exactOptional(
      z
        .array(z.strictObject({ path: z.string().min(1).max(300), text: z.string() }))
        .max(MAX_FILES),
    )
    .describe('In place of bundle and tests: the files of the folder of the policy'),
}

type Submitted = { bundle?: object; tests?: unknown[]; files?: PolicySubmission['files'] & object }

/** Bundle and tests together, or files in their place. */
export const isWhole = ({ bundle, tests, files }: Submitted) =>
  files === undefined ? (bundle === undefined) === (tests === undefined) : !bundle && !tests

export const NOT_WHOLE = {
  message: 'Send bundle and tests together, or files in their place',
  path: ['bundle'],
}

export const checkSchema = z
  .strictObject(contentsShape)
  .refine((sent) => isWhole(sent) && Object.keys(sent).length > 0, NOT_WHOLE)

export const admissionProblemSchema = z.object({
  code: z.enum(ADMISSION_CODES),
  message: z.string(),
  file: z.exactOptional(z.string()),
  line: z.exactOptional(z.int().min(1)),
  pointer: z.exactOptional(z.string()).describe('A JSON pointer into what was sent'),
  signer: z.exactOptional(z.string()).describe('The kid, where it is of one signature'),
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

export function createCheckRoutes({
  control,
}: {
  readonly control: Pick<PolicyControl, 'check'>
}): readonly Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/admin/v1/policies/{policy}/check',
      operation: 'checkPolicy',
      scope: 'policy:write',
      summary: 'What would become of a policy that is pushed; nothing is kept',
      parameters: policyPath,
      takes: { body: checkSchema, maxBytes: MAX_SUBMISSION_BYTES },
      answers: { 200: 'The report, good or bad' },
      gives: checkReportSchema,
      async handle({ admin, path, body }) {
        requirePolicy(admin, path.policy)
        return { status: 200, body: await control.check(path.policy, submissionOf(body)) }
      },
    }),
  ]
}

export function submissionOf({ bundle, tests, files }: Submitted): PolicySubmission {
  return {
    bundle: (bundle ?? null) as JsonValue,
    tests: (tests ?? null) as JsonValue,
    files: files ?? null,
  }
}
