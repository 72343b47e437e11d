/** Every shape of the admin surface by its name in the OpenAPI document. Data, no I/O. */
import * as z from 'zod'
import { EXPORT_REFUSALS } from '../harvest/export/asked-export.ts'
import { ADMISSION_CODES } from '../revisions/admission-code.ts'
import { auditPageSchema } from './audit-schemas.ts'
import { batchAcceptedSchema, batchChunkSchema } from './batch-schemas.ts'
import { candidateReviewPageSchema } from './candidate-review-schemas.ts'
import { deletedSchema } from './deletion-schemas.ts'
import { policyDiffSchema } from './diff-schemas.ts'
import { newExportSchema, notedExportSchema } from './exported-schemas.ts'
import { createdKeySchema, keysSchema, newKeySchema } from './key-schemas.ts'
import { labelSchema, newLabelSchema } from './label-schemas.ts'
import { activateSchema, checkSchema, pushSchema, rollbackSchema } from './policy-requests.ts'
import {
  admissionProblemSchema,
  admissionReportSchema,
  checkReportSchema,
  historySchema,
  policiesSchema,
  policyStateSchema,
  revisionSchema,
  revisionsSchema,
} from './policy-schemas.ts'
import { FIELD_CODES, PROBLEM_CODES } from './problem.ts'
import { statusSchema } from './status-schemas.ts'
import {
  transcriptCountSchema,
  transcriptPageSchema,
  transcriptSchema,
} from './transcript-schemas.ts'

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
  NewExport: newExportSchema,
  NewKey: newKeySchema,
  NewLabel: newLabelSchema,
  PolicySubmission: checkSchema,
  RevisionSubmission: pushSchema,
  Rollback: rollbackSchema,
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
  Deleted: deletedSchema,
  Keys: keysSchema,
  Label: labelSchema,
  NotedExport: notedExportSchema,
  OpenApiDocument: z.looseObject({ openapi: z.string() }),
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
}

export type SentName = keyof typeof SENT
export type GivenName = keyof typeof GIVEN
