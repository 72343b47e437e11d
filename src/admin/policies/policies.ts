/** `GET /admin/v1/policies…`: which revisions of the admin's policies serve, and since when. */
import * as z from 'zod'
import type { PolicyControl } from '../../revisions/control/control.ts'
import {
  digestSchema,
  form,
  limitParameter,
  policyIdSchema,
  revisionNumberSchema,
  timeSchema,
} from '../common-schemas.ts'
import { defineRoute, type Route } from '../route.ts'
import { etagOf, isKnown, NO_STATE } from './conditions.ts'
import {
  asSeenBy,
  listKnown,
  policyPath,
  requireKnownPolicy,
  requirePolicy,
} from './visible-policies.ts'

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
  action: z.enum(['activate', 'stage', 'halt', 'rollback', 'move', 'stop', 'sign']),
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
  reason: z
    .string()
    .nullable()
    .describe('Why, where the gateway did it by itself, or one person stopped'),
  stopped: revisionNumberSchema
    .nullable()
    .describe('What one person stopped, while the active revision lacks signatures for that'),
})

export const waitingSchema = z.object({
  required: z.int().describe('How many signatures it wants, of different keys'),
  of: z.array(z.string()).describe('The keys that count; empty: all that are trusted'),
  bears: z.array(z.string()).describe('Whose signatures it bears that count'),
  missing: z.int(),
})

const unservedSchema = z.object({
  policy: policyIdSchema,
  version: z.literal(0),
  action: z.literal('push'),
  active: z.null().describe('It serves nobody yet'),
  activeDigest: z.null(),
  candidate: z.null(),
  candidateDigest: z.null(),
  percent: z.literal(0),
  shadow: z.literal(false),
  changed: timeSchema,
  changedBy: z.string(),
  reason: z.null(),
  stopped: z.null(),
  newest: z
    .object({
      number: z.number().nullable().describe('Null for a rejection that could not be read'),
      state: z.enum(['admitted', 'waiting', 'rejected']),
      waiting: waitingSchema.nullable(),
    })
    .describe('What was pushed last'),
})

/** A policy that serves, or one that was pushed and never did. */
export const knownPolicySchema = z.discriminatedUnion('action', [policyStateSchema, unservedSchema])

export const policiesSchema = z.object({ policies: z.array(knownPolicySchema) })

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
    summary: 'The state of every policy; of those that were pushed and never served, too',
    answers: { 200: 'The states' },
    gives: policiesSchema,
    async handle({ admin }) {
      const policies = await listKnown(control, admin)
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
    gives: knownPolicySchema,
    async handle({ admin, path: { policy }, ifNoneMatch }) {
      const state = await requireKnownPolicy(control, { admin, policy })
      if (state.active === null) return { status: 200, body: state, headers: { etag: NO_STATE } }
      const headers = { etag: etagOf(state) }
      if (isKnown(ifNoneMatch, state)) return { status: 304, body: null, headers }
      return { status: 200, body: state, headers }
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
