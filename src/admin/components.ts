/** Every shape of the admin surface by its name in the OpenAPI document. Data, no I/O. */
import * as z from 'zod'
import { EXPORT_REFUSALS } from '../harvest/export/serving/export-request.ts'
import { ADMISSION_CODES } from '../revisions/admission-code.ts'
import { createdPersonSchema, newPersonSchema, peopleSchema } from './admins.ts'
import { auditPageSchema } from './audit.ts'
import { batchAcceptedSchema, batchChunkSchema } from './batches.ts'
import { createdKeySchema, keysSchema, newKeySchema } from './keys.ts'
import { candidateReviewPageSchema } from './policies/candidate-reviews.ts'
import {
  admissionProblemSchema,
  admissionReportSchema,
  checkReportSchema,
  checkSchema,
} from './policies/check-policy.ts'
import { policyDiffSchema } from './policies/diff.ts'
import {
  historySchema,
  knownPolicySchema,
  policiesSchema,
  policyStateSchema,
} from './policies/policies.ts'
import { pushSchema, revisionSchema, revisionsSchema } from './policies/revisions.ts'
import { activateSchema, moveSchema, rollbackSchema, stopSchema } from './policies/rollouts.ts'
import { statusSchema } from './policies/status.ts'
import { FIELD_CODES, PROBLEM_CODES } from './problem.ts'
import { deletedRowsSchema } from './transcripts/deleted-rows.ts'
import { deletedSchema } from './transcripts/deletions.ts'
import { labelSchema, newLabelSchema } from './transcripts/labels.ts'
import { unknownNamesSchema } from './transcripts/names.ts'
import { newExportSchema, notedExportSchema } from './transcripts/noted-exports.ts'
import {
  transcriptCountSchema,
  transcriptPageSchema,
  transcriptSchema,
} from './transcripts/transcripts.ts'

export const openApiDocumentSchema = z.looseObject({ openapi: z.string() })

const problemSchema = z.object({
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.int(),
  code: z.enum(PROBLEM_CODES),
  detail: z.string(),
  requestId: z.string(),
  problems: z
    .exactOptional(
      z.array(
        admissionProblemSchema.extend({
          code: z.enum([...FIELD_CODES, ...ADMISSION_CODES]),
          parameter: z.exactOptional(z.string()).describe('The parameter of the query'),
        }),
      ),
    )
    .describe('What is wrong, one by one'),
  current: z
    .exactOptional(policyStateSchema.extend({ etag: z.string() }))
    .describe('With precondition_failed: the state now, who made it, when, and by which action'),
  reason: z
    .exactOptional(z.enum(EXPORT_REFUSALS))
    .describe('With conflict: why there is no export'),
  rejection: z
    .exactOptional(z.string().nullable())
    .describe('With revision_rejected: the id it is kept under; null where it could not be read'),
})

/** What is sent. */
export const SENT = {
  Activation: activateSchema,
  BatchChunk: batchChunkSchema,
  Move: moveSchema,
  NewExport: newExportSchema,
  NewKey: newKeySchema,
  NewLabel: newLabelSchema,
  NewPerson: newPersonSchema,
  PolicySubmission: checkSchema,
  RevisionSubmission: pushSchema,
  Rollback: rollbackSchema,
  Stop: stopSchema,
}

/** What is given back. */
export const GIVEN = {
  AdmissionProblem: admissionProblemSchema,
  AdmissionReport: admissionReportSchema,
  AuditPage: auditPageSchema,
  BatchAccepted: batchAcceptedSchema,
  CandidateReviews: candidateReviewPageSchema,
  CheckReport: checkReportSchema,
  CreatedKey: createdKeySchema,
  CreatedPerson: createdPersonSchema,
  Deleted: deletedSchema,
  Keys: keysSchema,
  KnownPolicy: knownPolicySchema,
  Label: labelSchema,
  NotedExport: notedExportSchema,
  DeletedRows: deletedRowsSchema,
  OpenApiDocument: openApiDocumentSchema,
  People: peopleSchema,
  Policies: policiesSchema,
  PolicyDiff: policyDiffSchema,
  PolicyHistory: historySchema,
  PolicyState: policyStateSchema,
  Problem: problemSchema,
  Revision: revisionSchema,
  Revisions: revisionsSchema,
  Status: statusSchema,
  Transcript: transcriptSchema,
  TranscriptCount: transcriptCountSchema,
  Transcripts: transcriptPageSchema,
  UnknownNames: unknownNamesSchema,
}

const NAMES: ReadonlyMap<z.ZodType, string> = new Map(
  Object.entries<z.ZodType>({ ...SENT, ...GIVEN }).map(([name, schema]) => [schema, name]),
)

/** @throws TypeError for a shape that has no name here. */
export function componentName(schema: z.ZodType): string {
  const name = NAMES.get(schema)
  if (name === undefined) throw new TypeError('Name the shape of the route in components.ts')
  return name
}
