/**
 * `POST /admin/v1/policies/{policy}/activate`, `/move`, `/halt`, `/rollback` and `/stop`: which revision serves whom. Each is one change of state,
 * and of two admins at once one is told what the other did.
 */
import * as z from 'zod'
import type { JsonValue } from '../../lib/json.ts'
import type { Result } from '../../lib/result.ts'
import type { ControlFailure, PolicyControl } from '../../revisions/control/control.ts'
import type { CallerScope, PolicyState } from '../../revisions/registry.ts'
import type { Admin } from '../authenticate-admin.ts'
import { nameSchema, policyIdSchema } from '../common-schemas.ts'
import { requireTenant } from '../holdings.ts'
import { type AdminRequest, defineRoute, type Route, type RouteAnswer } from '../route.ts'
import { etagOf, expectedVersion } from './conditions.ts'
import { toControlProblem } from './control-problem.ts'
import { policyStateSchema } from './policies.ts'
import {
  asSeenBy,
  findVisibleState,
  jwsSchema,
  policyPath,
  requirePolicy,
} from './visible-policies.ts'

const MAX_BODY_BYTES = 64 * 1024
const MAX_NAMES = 100

const names = z.exactOptional(z.array(nameSchema).min(1).max(MAX_NAMES))

const callersFields = {
  tenants: names.describe('Only for callers of these; left out: of every tenant'),
  apps: names.describe('Only for these apps; left out: for every app'),
}

export const activateSchema = z.strictObject({
  revision: z.int().min(1).describe('Its number'),
  percent: z
    .exactOptional(z.number().min(0).max(100))
    .describe('As the revision says, else 100; 0 for a shadow'),
  shadow: z.exactOptional(z.boolean()).describe('As the revision says, else false'),
  ...callersFields,
})

export const moveSchema = z.strictObject({
  to: policyIdSchema.describe('The policy to move to'),
  percent: z
    .exactOptional(z.number().min(0).max(100))
    .describe('The share of callers; 0 for a shadow, else it must be said'),
  shadow: z.exactOptional(z.boolean()).describe('Else false'),
  ...callersFields,
})

export const rollbackSchema = z.strictObject({ jws: jwsSchema })
export const stopSchema = z.strictObject({ jws: jwsSchema })

type PolicyRequest = AdminRequest<{ readonly policy: string }, unknown, unknown>

export function createRolloutRoutes({
  control,
}: {
  readonly control: PolicyControl
}): readonly Route[] {
  return [
    activateRevision(control),
    moveCallers(control),
    haltRollout(control),
    rollBack(control),
    stopPolicy(control),
  ]
}

function activateRevision(control: PolicyControl): Route {
  return defineRoute({
    method: 'post',
    path: '/admin/v1/policies/{policy}/activate',
    operation: 'activateRevision',
    scope: 'policy:activate',
    summary: 'Stages an admitted revision, or commits it where it serves everyone',
    parameters: policyPath,
    condition: 'if-match required',
    takes: { body: activateSchema, maxBytes: MAX_BODY_BYTES },
    answers: { 200: 'The new state' },
    headers: ['ETag'],
    problems: ['conflict', 'revision_rejected'],
    gives: policyStateSchema,
    async handle(request) {
      const { admin, path, body } = request
      const { revision, percent = null, shadow = null } = body
      const expected = await expectedBy(control, request)
      const callers = callersIn(admin, body)
      const activation = { policy: path.policy, revision, percent, shadow, callers, expected }
      return answerWith(admin, await control.activate(activation, admin.actor))
    },
  })
}

function moveCallers(control: PolicyControl): Route {
  return defineRoute({
    method: 'post',
    path: '/admin/v1/policies/{policy}/move',
    operation: 'moveCallers',
    scope: 'policy:activate',
    summary: 'Gives a share of its callers what serves another policy, until it is halted',
    parameters: policyPath,
    condition: 'if-match required',
    takes: { body: moveSchema, maxBytes: MAX_BODY_BYTES },
    answers: { 200: 'The new state' },
    headers: ['ETag'],
    problems: ['conflict'],
    gives: policyStateSchema,
    async handle(request) {
      const { admin, path, body } = request
      const { to, percent = null, shadow = false } = body
      const expected = await expectedBy(control, request)
      requirePolicy(admin, to)
      const callers = callersIn(admin, body)
      const move = { policy: path.policy, to, percent, shadow, callers, expected }
      return answerWith(admin, await control.move(move, admin.actor))
    },
  })
}

function haltRollout(control: PolicyControl): Route {
  return defineRoute({
    method: 'post',
    path: '/admin/v1/policies/{policy}/halt',
    operation: 'haltRollout',
    scope: 'policy:activate',
    summary: 'Takes a staged revision back, or ends a move; it needs no signature and no body',
    parameters: policyPath,
    condition: 'if-match required',
    answers: { 200: 'The new state' },
    headers: ['ETag'],
    problems: ['conflict'],
    gives: policyStateSchema,
    async handle(request) {
      const { admin, path } = request
      const expected = await expectedBy(control, request)
      const halt = { policy: path.policy, expected, reason: null }
      return answerWith(admin, await control.halt(halt, admin.actor))
    },
  })
}

function rollBack(control: PolicyControl): Route {
  return defineRoute({
    method: 'post',
    path: '/admin/v1/policies/{policy}/rollback',
    operation: 'rollBack',
    scope: 'policy:activate',
    summary: 'Activates a new signed revision that names a digest which served before',
    parameters: policyPath,
    condition: 'if-match',
    takes: { body: rollbackSchema, maxBytes: MAX_BODY_BYTES },
    answers: { 200: 'The new state' },
    headers: ['ETag'],
    problems: ['conflict', 'revision_rejected'],
    gives: policyStateSchema,
    async handle(request) {
      const { admin, path, body } = request
      const expected = await expectedBy(control, request)
      const rollback = { policy: path.policy, jws: body.jws as JsonValue, expected }
      return answerWith(admin, await control.rollback(rollback, admin.actor))
    },
  })
}

function stopPolicy(control: PolicyControl): Route {
  return defineRoute({
    method: 'post',
    path: '/admin/v1/policies/{policy}/stop',
    operation: 'stopPolicy',
    scope: 'policy:stop',
    summary:
      'Goes back, at once and for everyone, to what has served under the full rules before: by one signature',
    parameters: policyPath,
    condition: 'if-match',
    takes: { body: stopSchema, maxBytes: MAX_BODY_BYTES },
    answers: { 200: 'The new state' },
    headers: ['ETag'],
    problems: ['conflict', 'revision_rejected'],
    gives: policyStateSchema,
    async handle(request) {
      const { admin, path, body } = request
      const expected = await expectedBy(control, request)
      const stop = { policy: path.policy, jws: body.jws as JsonValue, expected }
      return answerWith(admin, await control.stop(stop, admin.actor))
    },
  })
}

/** Whom a rollout is for; null: everyone. @throws AdminProblem `insufficient_scope` for a tenant that the admin does not hold. */
function callersIn(
  admin: Admin,
  given: { readonly tenants?: readonly string[]; readonly apps?: readonly string[] },
): CallerScope | null {
  const { tenants = null, apps = null } = given
  for (const tenant of tenants ?? []) requireTenant(admin, tenant)
  return tenants || apps ? { tenants, apps } : null
}

/** @throws AdminProblem `precondition_failed`, or `not_found` for a policy that is not seen. */
async function expectedBy(
  control: PolicyControl,
  { admin, path: { policy }, ifMatch }: PolicyRequest,
): Promise<number | null> {
  const state = await findVisibleState(control, { admin, policy })
  return expectedVersion(ifMatch, state && asSeenBy(admin, state))
}

function answerWith(
  admin: Admin,
  changed: Result<PolicyState, ControlFailure>,
): RouteAnswer<PolicyState> {
  if (changed.ok) {
    const state = asSeenBy(admin, changed.value)
    return { status: 200, body: state, headers: { etag: etagOf(state) } }
  }
  const { failure } = changed
  throw toControlProblem(
    failure.reason === 'stale'
      ? { ...failure, current: asSeenBy(admin, failure.current) }
      : failure,
  )
}
