/** `GET /admin/v1/status`: how the admin's policies are doing on every instance that serves one of them. */
import * as z from 'zod'
import type { PolicyStatus } from '../../policy/repository.ts'
import type { PolicyControl } from '../../revisions/control/control.ts'
import type { StatusReport } from '../../revisions/watching/status-report.ts'
import { type Admin, seesPolicy } from '../authenticate-admin.ts'
import {
  digestSchema,
  policyIdSchema,
  revisionNumberSchema,
  timeSchema,
} from '../common-schemas.ts'
import { defineRoute, type Route } from '../route.ts'
import { knownPolicySchema } from './policies.ts'
import { asSeenBy, nameSeenBy } from './visible-policies.ts'

export type StatusPorts = {
  readonly readStatus: () => Promise<StatusReport>
  readonly control: Pick<PolicyControl, 'unserved'>
}

const count = z.number().min(0)
const share = z.number().nullable()

const pinnedPolicy = z.object({
  id: policyIdSchema,
  digest: digestSchema,
  revision: revisionNumberSchema,
  candidate: z
    .object({
      digest: digestSchema,
      revision: revisionNumberSchema,
      percent: z.number(),
      shadow: z.boolean(),
    })
    .nullable(),
  move: z.exactOptional(z.object({ to: z.string(), percent: z.number(), shadow: z.boolean() })),
  state: z.enum(['live', 'cached']),
  problem: z
    .string()
    .nullable()
    .describe('Why it is cached; `signer_retired` may stand beside live'),
  ageMs: count.describe('Since the source was last in reach'),
})

const instance = z.object({
  id: z.string(),
  started: timeSchema,
  seen: timeSchema,
  ageMs: count,
  program: z.string().nullable(),
  policies: z.array(pinnedPolicy),
})

const arm = z.object({
  requests: count,
  refused: count,
  judgeFailures: count,
  failed: count,
  totalMs: count,
  refusalRate: share,
  judgeFailureRate: share,
  failureRate: share,
  meanMs: share,
})

const reviews = z.object({
  reviewed: count,
  compared: count,
  disagreements: count,
  candidateFailed: count,
  activeFailed: count,
  judgeFailures: count,
  activeMs: count,
  candidateMs: count,
  dropped: count,
  disagreement: share,
})

const guard = z.object({
  minRequests: z.number(),
  refusalRate: z.number(),
  judgeFailureRate: z.number(),
  latencyRatio: z.number(),
  disagreement: z.number(),
})

const rollout = z.object({
  active: arm,
  candidate: arm,
  reviews,
  guard,
  verdict: z.enum(['too_few', 'watching', 'breached']),
  reasons: z.array(
    z.object({
      reason: z.enum([
        'refusal_rate',
        'judge_failure_rate',
        'failure_rate',
        'latency_ratio',
        'disagreement',
      ]),
      candidate: z.number(),
      active: z.number(),
    }),
  ),
})

export const statusSchema = z.object({
  complete: z.boolean().describe('False while the database is out of reach'),
  instances: z.array(instance),
  policies: z.array(
    z.object({
      id: policyIdSchema,
      state: knownPolicySchema,
      requests: count,
      sections: z.array(z.object({ section: z.string(), fired: count })),
      rollout: rollout.nullable(),
    }),
  ),
})

export function createStatusRoutes({ readStatus, control }: StatusPorts): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/admin/v1/status',
      operation: 'readStatus',
      scope: 'policy:read',
      summary:
        'What each instance serves, how often each section fired, and how rollouts are doing',
      answers: { 200: 'The status; not complete while the database is out of reach' },
      gives: statusSchema,
      async handle({ admin }) {
        const report = await readStatus()
        // With the database out of reach nobody knows of them.
        const unserved = report.complete ? await control.unserved() : []
        const others = unserved.map((state) => ({ id: state.policy, state, ...NO_TRAFFIC }))
        const policies = [...report.policies, ...others]
        return { status: 200, body: within(admin, { ...report, policies }) }
      },
    }),
  ]
}

const NO_TRAFFIC = { requests: 0, sections: [], rollout: null } as const

function within(admin: Admin, { complete, instances, policies }: StatusReport): StatusReport {
  const isSeen = ({ id }: { readonly id: string }) => seesPolicy(admin, id)
  const serving = instances.map((one) => ({
    ...one,
    policies: one.policies.filter(isSeen).map((policy) => tellMove(admin, policy)),
  }))
  return {
    complete,
    // One that could not be read serves nobody knows what.
    instances: seesPolicy(admin, '*') ? serving : serving.filter((one) => one.policies.length > 0),
    policies: policies.filter(isSeen).map((policy) => {
      const { state } = policy
      return state.active === null ? policy : { ...policy, state: asSeenBy(admin, state) }
    }),
  }
}

function tellMove(admin: Admin, { move, ...policy }: PolicyStatus): PolicyStatus {
  return { ...policy, ...(move && { move: { ...move, to: nameSeenBy(admin, move.to) } }) }
}
