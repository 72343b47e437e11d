/**
 * `POST /admin/v1/batches`: prompts without traffic, a chunk at a time, into the queue of this deployment. What was sent twice
 * is run once. Each line is checked before any is queued, and the audit log names the batch and never a prompt.
 */
import * as z from 'zod'
import type { AuditEvent, AuditLog } from '../audit/audit-log.ts'
import { readItem } from '../jobs/batch/item.ts'
import { batchPlanSchema, withSamples } from '../jobs/batch/plan.ts'
import type { Clock } from '../lib/clock.ts'
import type { Bundle } from '../policy/section.ts'
import type { QueuedLine } from '../queue/batches.ts'
import { type Admin, seesPolicy } from './authenticate-admin.ts'
import { requireTenant } from './holdings.ts'
import { AdminProblem, type FieldProblem } from './problem.ts'
import { defineRoute, type Route } from './route.ts'

export type BatchPorts = {
  readonly clock: Clock
  /** Left out where there is no queue. */
  readonly batches?: {
    readonly audit: Pick<AuditLog, 'commit'>
    readonly findBundle: (policy: string, digest: string) => Bundle | null | Promise<Bundle | null>
    /** Resolves when the queue has taken it. */
    readonly enqueue: (queued: QueuedLine) => Promise<void>
  }
}

const MAX_BODY_BYTES = 8 * 1024 * 1024
const MAX_LINES = 100

/** What makes the batch, the same with every chunk of it, and a chunk of its lines. */
export const batchChunkSchema = batchPlanSchema.extend({
  lines: z
    .array(
      z.strictObject({
        line: z.int().min(1).describe('Its number in the input'),
        text: z.string().min(2).describe('The line itself, a JSON object'),
      }),
    )
    .min(1)
    .max(MAX_LINES),
})

export const batchAcceptedSchema = z.object({
  batch: z.string(),
  queued: z.int().describe('How many lines went into the queue'),
})

export function createBatchRoutes({ batches, clock }: BatchPorts): readonly Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/admin/v1/batches',
      operation: 'enqueueBatch',
      scope: 'transcript:export',
      summary: 'Queues prompts of a batch; sent twice they are run once',
      takes: { body: batchChunkSchema, maxBytes: MAX_BODY_BYTES },
      answers: { 200: 'They are in the queue' },
      gives: batchAcceptedSchema,
      problems: ['not_found', 'unavailable'],
      async handle({ admin, body }) {
        if (!batches) {
          const here = 'Run chambers harvest batch on its machine: this gateway has no queue'
          throw new AdminProblem('unavailable', here)
        }
        const { lines, ...plan } = body
        await requireGoodLines(batches, { admin, chunk: body })
        await batches.audit.commit(enqueueEvent(admin, body), [])
        const queuedMs = clock.now()
        await Promise.all(lines.map((line) => batches.enqueue({ plan, ...line, queuedMs })))
        return { status: 200, body: { batch: plan.id, queued: lines.length } }
      },
    }),
  ]
}

type Chunk = z.output<typeof batchChunkSchema>

/** @throws AdminProblem where the batch is not the admin's, has no bundle, or has a line that cannot be run. */
async function requireGoodLines(
  { findBundle }: NonNullable<BatchPorts['batches']>,
  { admin, chunk }: { readonly admin: Admin; readonly chunk: Chunk },
): Promise<void> {
  const { lines, ...plan } = chunk
  requireTenant(admin, plan.tenant)
  const bundle = seesPolicy(admin, plan.policy) ? await findBundle(plan.policy, plan.digest) : null
  if (!bundle) throw new AdminProblem('not_found', 'No revision of a policy has this digest')
  const problems = faultsOf(lines, { bundle: withSamples(bundle, plan), model: plan.model })
  if (problems.length > 0) {
    const detail = 'Mend the lines: none was queued'
    throw new AdminProblem('invalid_request', detail, { members: { problems } })
  }
}

function enqueueEvent(admin: Admin, { lines, ...plan }: Chunk): AuditEvent {
  const { id: batch, digest, app, consent, policy, tenant } = plan
  const counted = { lines: lines.length, first: lines[0]?.line ?? 0 }
  const details = { batch, digest, app, consent, ...counted }
  return { actor: admin.actor, action: 'batch.enqueue', policy, tenant, details }
}

function faultsOf(
  lines: readonly { readonly text: string }[],
  context: { readonly bundle: Bundle; readonly model: string | null },
): readonly FieldProblem[] {
  return lines.flatMap(({ text }, at) => {
    const item = readItem(text, context)
    if (item.ok) return []
    return [{ code: 'field_invalid', message: item.failure, pointer: `/lines/${at}/text` } as const]
  })
}
