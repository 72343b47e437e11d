/** `GET /admin/v1/policies…`: which revisions of the admin's policies serve, since when, and how they differ. */
import * as z from 'zod'
import { comparePolicies } from '../policy/compare/compare.ts'
import type { PolicyControl } from '../revisions/control/control.ts'
import { seesPolicy } from './authenticate-admin.ts'
import { limitParameter } from './common-schemas.ts'
import { etagOf, isKnown } from './conditions.ts'
import { requireBundle } from './require-bundle.ts'
import { defineRoute, type Route } from './route.ts'
import { policyPath, requirePolicy, stateOf } from './visible-policies.ts'

export type PolicyPorts = { readonly control: PolicyControl }

const revisionName = z
  .string()
  .regex(/^(?:\d{1,15}|[0-9a-f]{4,64})$/)
  .describe(
    'A number (0: the bundle built in), or how a digest begins, with a letter among its digits',
  )

const historyQuery = z.strictObject({
  cursor: z
    .string()
    .regex(/^\d{1,15}$/)
    .optional()
    .describe('The `next` of the page before'),
  limit: limitParameter,
})

export function createPolicyRoutes({ control }: PolicyPorts): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/admin/v1/policies',
      operation: 'listPolicies',
      scope: 'policy:read',
      summary: 'The state of every policy',
      answers: { 200: 'The states' },
      gives: 'Policies',
      async handle({ admin }) {
        const states = await control.states()
        const policies = states.filter(({ policy }) => seesPolicy(admin, policy))
        return { status: 200, body: { policies } }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/admin/v1/policies/{policy}',
      operation: 'readPolicy',
      scope: 'policy:read',
      summary: 'The state of a policy: which revision serves, and which is staged',
      parameters: policyPath,
      condition: 'if-none-match',
      answers: { 200: 'The state', 304: 'The client has it already' },
      headers: ['ETag'],
      gives: 'PolicyState',
      async handle({ admin, path, ifNoneMatch }) {
        const state = await stateOf(control, admin, path.policy)
        const headers = { etag: etagOf(state) }
        if (isKnown(ifNoneMatch, state)) return { status: 304, body: null, headers }
        return { status: 200, body: state, headers }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/admin/v1/policies/{policy}/history',
      operation: 'listPolicyHistory',
      scope: 'policy:read',
      summary: 'The states of a policy, the newest first',
      parameters: policyPath,
      query: historyQuery,
      answers: { 200: 'A page' },
      gives: 'PolicyHistory',
      async handle({ admin, path, query }) {
        requirePolicy(admin, path.policy)
        const { cursor, limit } = query
        const before = cursor === undefined ? null : Number(cursor)
        const states = await control.history(path.policy, { before, limit })
        const next = states.length < limit ? null : String(states.at(-1)?.version)
        return { status: 200, body: { states, next } }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/admin/v1/policies/{policy}/diff',
      operation: 'diffPolicy',
      scope: 'policy:read',
      summary: 'What two revisions of a policy say differently',
      parameters: policyPath,
      query: z.strictObject({ from: revisionName, to: revisionName }),
      answers: { 200: 'The differences' },
      gives: 'PolicyDiff',
      async handle({ admin, path, query }) {
        requirePolicy(admin, path.policy)
        const from = await requireBundle(control, path.policy, {
          name: query.from,
          parameter: 'from',
        })
        const to = await requireBundle(control, path.policy, { name: query.to, parameter: 'to' })
        return { status: 200, body: comparePolicies(from, to) }
      },
    }),
  ]
}
