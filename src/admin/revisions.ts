/** `/admin/v1/policies/{policy}/revisions` and `/check`: what was signed, what was refused, and what would be. */
import * as z from 'zod'
import type { JsonValue } from '../lib/json.ts'
import type { Bundle } from '../policy/section.ts'
import type { PolicyControl, PolicySubmission } from '../revisions/control/control.ts'
import type { RejectionPage, RejectionRecord, RevisionRecord } from '../revisions/registry.ts'
import { envelopeSchema, readPayload } from '../revisions/revision.ts'
import { limitParameter } from './common-schemas.ts'
import { toControlProblem } from './control-problem.ts'
import { AdminProblem } from './problem.ts'
import { defineRoute, type Route } from './route.ts'
import { policyPath, requirePolicy } from './visible-policies.ts'

/** A bundle of a thousand sections with its golden cases is well below. */
const MAX_SUBMISSION_BYTES = 8 * 1024 * 1024

const listQuery = z.strictObject({
  state: z.enum(['admitted', 'rejected']).default('admitted'),
  cursor: z
    .string()
    .regex(/^\d{1,15}(?:\.rej_[0-9a-f]{1,64})?$/)
    .optional()
    .describe('The `next` of the page before, in the same state'),
  limit: limitParameter,
})

const readQuery = z.strictObject({
  include: z
    .string()
    .regex(/^(?:bundle|tests|bundle,tests|tests,bundle)$/)
    .optional()
    .describe('bundle, tests, or both with a comma between'),
})

export function createRevisionRoutes(ports: { readonly control: PolicyControl }): readonly Route[] {
  const { control } = ports
  return [
    defineRoute({
      method: 'get',
      path: '/admin/v1/policies/{policy}/revisions',
      operation: 'listRevisions',
      scope: 'policy:read',
      summary: 'Admitted revisions by falling number, or rejected ones from the newest on',
      parameters: policyPath,
      query: listQuery,
      answers: { 200: 'A page' },
      gives: 'Revisions',
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
        return { status: 200, body: { revisions: records.map(summarise), next } }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/admin/v1/policies/{policy}/revisions/{number}',
      operation: 'readRevision',
      scope: 'policy:read',
      summary: 'An admitted revision with its signatures and its report',
      parameters: policyPath.extend({ number: z.coerce.number<string>().int().min(1) }),
      query: readQuery,
      answers: { 200: 'The revision' },
      gives: 'Revision',
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
        return { status: 200, body: { ...record, ...contents } }
      },
    }),
    defineRoute({
      method: 'post',
      path: '/admin/v1/policies/{policy}/revisions',
      operation: 'pushRevision',
      scope: 'policy:write',
      summary: 'Verifies, compiles, tests and keeps a signed revision; it is not activated',
      parameters: policyPath,
      takes: { body: 'RevisionSubmission', maxBytes: MAX_SUBMISSION_BYTES },
      answers: { 201: 'It is kept', 200: 'It was there already' },
      headers: ['Location'],
      problems: ['revision_rejected', 'conflict'],
      gives: 'Revision',
      async handle({ admin, path: { policy }, body }) {
        requirePolicy(admin, policy)
        const jws = body.jws as JsonValue
        const wasThere = await isThere(control, policy, jws)
        const pushed = await control.push(policy, { jws, ...submissionOf(body) }, admin.actor)
        if (!pushed.ok) throw toControlProblem(pushed.failure)
        const location = `/admin/v1/policies/${policy}/revisions/${pushed.value.number}`
        return { status: wasThere ? 200 : 201, body: pushed.value, headers: { location } }
      },
    }),
    defineRoute({
      method: 'post',
      path: '/admin/v1/policies/{policy}/check',
      operation: 'checkPolicy',
      scope: 'policy:write',
      summary: 'What would become of a policy that is pushed; nothing is kept',
      parameters: policyPath,
      takes: { body: 'PolicySubmission', maxBytes: MAX_SUBMISSION_BYTES },
      answers: { 200: 'The report, good or bad' },
      gives: 'CheckReport',
      async handle({ admin, path, body }) {
        requirePolicy(admin, path.policy)
        return { status: 200, body: await control.check(path.policy, submissionOf(body)) }
      },
    }),
  ]
}

function readRejectionCursor(cursor: string | undefined): RejectionPage['before'] {
  if (cursor === undefined) return null
  const [pushed, id = ''] = cursor.split('.')
  return { pushed: Number(pushed), id }
}

function cursorOf({ pushed, id }: RejectionRecord): string {
  return `${pushed}.${id}`
}

type Submitted = { bundle?: object; tests?: unknown[]; files?: PolicySubmission['files'] & object }

function submissionOf({ bundle, tests, files }: Submitted): PolicySubmission {
  return {
    bundle: (bundle ?? null) as JsonValue,
    tests: (tests ?? null) as JsonValue,
    files: files ?? null,
  }
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

function summarise(record: RevisionRecord) {
  const { policy, number, digest, payload, report, pushed, pushedBy } = record
  const { signers, warnings } = report
  const named = { policy, number, digest, payload, signers, warnings, pushed, pushedBy }
  return { state: 'admitted' as const, ...named }
}

/** As it was signed: the rest is told beside it. */
function contentOf({ digest: _digest, revision: _revision, ...content }: Bundle) {
  return content
}
