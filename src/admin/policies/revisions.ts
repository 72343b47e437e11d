/** `/admin/v1/policies/{policy}/revisions`: what was signed, and what was refused. */
import * as z from 'zod'
import type { JsonValue } from '../../lib/json.ts'
import type { Bundle } from '../../policy/section.ts'
import type { PolicyControl } from '../../revisions/control/control.ts'
import type {
  MissingSignatures,
  RejectionPage,
  RejectionRecord,
  RevisionRecord,
} from '../../revisions/registry.ts'
import { envelopeSchema, readPayload, revisionPayloadSchema } from '../../revisions/revision.ts'
import {
  digestSchema,
  form,
  limitParameter,
  policyIdSchema,
  revisionNumberSchema,
  timeSchema,
} from '../common-schemas.ts'
import { AdminProblem } from '../problem.ts'
import { defineRoute, type Route } from '../route.ts'
import {
  admissionProblemSchema,
  admissionReportSchema,
  contentsShape,
  isWhole,
  MAX_SUBMISSION_BYTES,
  NOT_WHOLE,
  submissionOf,
} from './check-policy.ts'
import { toControlProblem } from './control-problem.ts'
import { waitingSchema } from './policies.ts'
import { jwsSchema, policyPath, requirePolicy } from './visible-policies.ts'

export const pushSchema = z
  .strictObject({ jws: jwsSchema, ...contentsShape })
  .refine(isWhole, NOT_WHOLE)

const pushed = { pushed: timeSchema, pushedBy: z.string() }
const toldWaiting = waitingSchema
  .nullable()
  .describe('What it lacks before it can be activated; null where it lacks nothing')

export const revisionSchema = z.object({
  policy: policyIdSchema,
  number: revisionNumberSchema,
  digest: digestSchema,
  payload: revisionPayloadSchema,
  jws: envelopeSchema,
  report: admissionReportSchema,
  ...pushed,
  waiting: toldWaiting,
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
  waiting: toldWaiting,
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

export const revisionsSchema = z.object({
  revisions: z.array(z.discriminatedUnion('state', [admittedSchema, rejectedSchema])),
  next: z.string().nullable().describe('The cursor of the next page; null at the end'),
})

const listQuery = z.strictObject({
  state: z.enum(['admitted', 'rejected']).default('admitted'),
  cursor: z
    .string()
    .regex(/^\d{1,15}(?:\.rej_[0-9a-f]{1,64})?$/, form('`next` of the page before'))
    .optional()
    .describe('The `next` of the page before, in the same state'),
  limit: limitParameter,
})

const readQuery = z.strictObject({
  include: z
    .string()
    .regex(/^(?:bundle|tests|bundle,tests|tests,bundle)$/, form('bundle, tests, or bundle,tests'))
    .optional()
    .describe('bundle, tests, or both with a comma between'),
})

export function createRevisionRoutes({
  control,
}: {
  readonly control: PolicyControl
}): readonly Route[] {
  return [listRevisions(control), readRevision(control), pushRevision(control)]
}

function listRevisions(control: PolicyControl): Route {
  return defineRoute({
    method: 'get',
    path: '/admin/v1/policies/{policy}/revisions',
    operation: 'listRevisions',
    scope: 'policy:read',
    summary: 'Admitted revisions by falling number, or rejected ones from the newest on',
    parameters: policyPath,
    query: listQuery,
    answers: { 200: 'A page' },
    gives: revisionsSchema,
    async handle({ admin, path, query }) {
      requirePolicy(admin, path.policy)
      const { state, cursor, limit } = query
      if (state === 'rejected') {
        const page = { before: readRejectionCursor(cursor), limit }
        const rejections = await control.rejections(path.policy, page)
        const revisions = rejections.map((one) => ({ ...one, state: 'rejected' as const }))
        const last = rejections.length < limit ? undefined : rejections.at(-1)
        return { status: 200, body: { revisions, next: last ? cursorOf(last) : null } }
      }
      const before = cursor === undefined ? null : Number.parseInt(cursor, 10)
      const records = await control.revisions(path.policy, { before, limit })
      const next = records.length < limit ? null : String(records.at(-1)?.number)
      const waiting = await control.waiting(path.policy, records)
      const revisions = records.map((one, index) => summarise(one, waiting[index] ?? null))
      return { status: 200, body: { revisions, next } }
    },
  })
}

function readRevision(control: PolicyControl): Route {
  return defineRoute({
    method: 'get',
    path: '/admin/v1/policies/{policy}/revisions/{number}',
    operation: 'readRevision',
    scope: 'policy:read',
    summary: 'An admitted revision with its signatures and its report',
    parameters: policyPath.extend({ number: z.coerce.number<string>().int().min(1) }),
    query: readQuery,
    answers: { 200: 'The revision' },
    gives: revisionSchema,
    async handle({ admin, path: { policy, number }, query }) {
      requirePolicy(admin, policy)
      const record = await control.revision(policy, number)
      if (!record) throw new AdminProblem('not_found', 'No such revision')
      const include = query.include?.split(',') ?? []
      const bundle = include.includes('bundle') ? await control.bundle(policy, number) : null
      const tests = include.includes('tests') ? await control.tests(policy, number) : null
      const contents = {
        ...(bundle && { bundle: contentOf(bundle) }),
        ...(Array.isArray(tests) && { tests }),
      }
      const [waiting = null] = await control.waiting(policy, [record])
      return { status: 200, body: { ...record, waiting, ...contents } }
    },
  })
}

function pushRevision(control: PolicyControl): Route {
  return defineRoute({
    method: 'post',
    path: '/admin/v1/policies/{policy}/revisions',
    operation: 'pushRevision',
    scope: 'policy:write',
    summary:
      'Verifies, compiles, tests and keeps a signed revision; it is not activated. Sent again, signatures that it lacked join it',
    parameters: policyPath,
    takes: { body: pushSchema, maxBytes: MAX_SUBMISSION_BYTES },
    answers: { 201: 'It is kept', 200: 'It was there already' },
    headers: ['Location'],
    problems: ['revision_rejected', 'conflict'],
    gives: revisionSchema,
    async handle({ admin, path: { policy }, body: sent }) {
      requirePolicy(admin, policy)
      const jws = sent.jws as JsonValue
      const wasThere = await isThere(control, policy, jws)
      const pushed = await control.push(policy, { jws, ...submissionOf(sent) }, admin.actor)
      if (!pushed.ok) throw toControlProblem(pushed.failure)
      const location = `/admin/v1/policies/${policy}/revisions/${pushed.value.number}`
      const [waiting = null] = await control.waiting(policy, [pushed.value])
      const body = { ...pushed.value, waiting }
      return { status: wasThere ? 200 : 201, body, headers: { location } }
    },
  })
}

function readRejectionCursor(cursor: string | undefined): RejectionPage['before'] {
  if (cursor === undefined) return null
  const [pushed, id = ''] = cursor.split('.')
  return { pushed: Number(pushed), id }
}

function cursorOf({ pushed, id }: RejectionRecord): string {
  return `${pushed}.${id}`
}

/** By what the envelope claims: it says no more than which of two good statuses is told. */
async function isThere(control: PolicyControl, policy: string, jws: JsonValue): Promise<boolean> {
  const envelope = envelopeSchema.safeParse(jws)
  if (!envelope.success) return false
  try {
    const { revision } = readPayload(envelope.data)
    return (await control.revision(policy, revision)) !== null
  } catch {
    return false
  }
}

function summarise(record: RevisionRecord, waiting: MissingSignatures | null) {
  const { policy, number, digest, payload, report, pushed, pushedBy } = record
  const { signers, warnings } = report
  const named = { policy, number, digest, payload, signers, warnings, pushed, pushedBy, waiting }
  return { state: 'admitted' as const, ...named }
}

/** As it was signed: the rest is told beside it. */
function contentOf({ digest: _digest, revision: _revision, ...content }: Bundle) {
  return content
}
