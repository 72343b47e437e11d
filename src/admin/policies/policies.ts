/** `GET /admin/v1/policies…`: which revisions of the admin's policies serve, and since when. */
import * as z from 'zod'
import type { PolicyControl } from '../../revisions/control/control.ts'
import { seesPolicy } from '../authenticate-admin.ts'
import {
  digestSchema,
  form,
  limitParameter,
  policyIdSchema,
  revisionNumberSchema,
  timeSchema,
} from '../common-schemas.ts'
import { defineRoute, type Route } from '../route.ts'
import { etagOf, isKnown } from './conditions.ts'
import { asSeenBy, policyPath, requirePolicy, requireVisibleState } from './visible-policies.ts'

export type PolicyPorts = { readonly control: PolicyControl }

const callersSchema = z.object({
  tenants: z
    .array(z.string())
    .nullable()
    .describe('Null: of every tenant. Those that the token does not hold are left out'),
  apps: z.array(z.string()).nullable().describe('Null: of every app'),
})

export const policyStateSchema = z.object({
  policy: policyIdSchema,
  version: z.int().min(0).describe('Counted from 1 by every change; the ETag is this in quotes'),
  action: z.enum(['activate', 'stage', 'halt', 'rollback', 'move']),
  active: revisionNumberSchema.describe('0: the bundle built into the program'),
  activeDigest: digestSchema,
  candidate: revisionNumberSchema.nullable().describe('A staged revision, not committed yet'),
  candidateDigest: digestSchema.nullable(),
  percent: z.number().min(0).max(100).describe('The share of callers whom the candidate serves'),
  shadow: z.boolean().describe('True: the candidate is also run beside the active revision'),
  callers: callersSchema.nullable().describe('Whom the candidate is for; null: every caller'),
  move: z
    .object({
      to: z.string().describe('The policy; "another" for one that the token does not hold'),
      percent: z.number().min(0).max(100).describe('The share of callers whom it serves'),
      shadow: z.boolean().describe('True: it is also run beside, for the rest'),
      callers: callersSchema.nullable().describe('Whom the move is for; null: every caller'),
    })
    .nullable()
    .describe('Callers who get what serves another policy; null where there are none'),
  changed: timeSchema,
  changedBy: z.string(),
  reason: z.string().nullable().describe('Why, where the gateway did it by itself'),
})

export const policiesSchema = z.object({ policies: z.array(policyStateSchema) })

export const historySchema = z.object({
  states: z.array(policyStateSchema),
  next: z.string().nullable().describe('The cursor of the next page; null at the end'),
})

const historyQuery = z.strictObject({
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, form('`next` of the page before'))
    .optional()
    .describe('The `next` of the page before'),
  limit: limitParameter,
})

export function createPolicyRoutes({ control }: PolicyPorts): readonly Route[] {
  return [listPolicies(control), readPolicy(control), listHistory(control)]
}

function listPolicies(control: PolicyControl): Route {
  return defineRoute({
    method: 'get',
    path: '/admin/v1/policies',
    operation: 'listPolicies',
    scope: 'policy:read',
    summary: 'The state of every policy',
    answers: { 200: 'The states' },
    gives: policiesSchema,
    async handle({ admin }) {
      const states = await control.states()
      const seen = states.filter(({ policy }) => seesPolicy(admin, policy))
      const policies = seen.map((state) => asSeenBy(admin, state))
      return { status: 200, body: { policies } }
    },
  })
}

function readPolicy(control: PolicyControl): Route {
  return defineRoute({
    method: 'get',
    path: '/admin/v1/policies/{policy}',
    operation: 'readPolicy',
    scope: 'policy:read',
    summary: 'The state of a policy: which revision serves, and which is staged',
    parameters: policyPath,
    condition: 'if-none-match',
    answers: { 200: 'The state', 304: 'The client has it already' },
    headers: ['ETag'],
    gives: policyStateSchema,
    async handle({ admin, path: { policy }, ifNoneMatch }) {
      const state = await requireVisibleState(control, { admin, policy })
      const headers = { etag: etagOf(state) }
      if (isKnown(ifNoneMatch, state)) return { status: 304, body: null, headers }
      return { status: 200, body: asSeenBy(admin, state), headers }
    },
  })
}

function listHistory(control: PolicyControl): Route {
  return defineRoute({
    method: 'get',
    path: '/admin/v1/policies/{policy}/history',
    operation: 'listPolicyHistory',
    scope: 'policy:read',
    summary: 'The states of a policy, the newest first',
    parameters: policyPath,
    query: historyQuery,
    answers: { 200: 'A page' },
    gives: historySchema,
    async handle({ admin, path, query }) {
      requirePolicy(admin, path.policy)
      const { cursor, limit } = query
      const before = cursor === undefined ? null : Number(cursor)
      const states = await control.history(path.policy, { before, limit })
      const next = states.length < limit ? null : String(states.at(-1)?.version)
      const seen = states.map((state) => asSeenBy(admin, state))
      return { status: 200, body: { states: seen, next } }
    },
  })
}
