/**
 * `POST /admin/v1/policies/{policy}/activate`, `/halt`, `/rollback` and `/stop`: which revision serves. Each is one change of state,
 * and of two admins at once one is told what the other did.
 */
import * as z from 'zod'
import type { JsonValue } from '../../lib/json.ts'
import type { Result } from '../../lib/result.ts'
import type { ControlFailure, PolicyControl } from '../../revisions/control/control.ts'
import type { PolicyState } from '../../revisions/registry.ts'
import { type AdminRequest, defineRoute, type Route, type RouteAnswer } from '../route.ts'
import { etagOf, expectedVersion } from './conditions.ts'
import { toControlProblem } from './control-problem.ts'
import { policyStateSchema } from './policies.ts'
import { findVisibleState, jwsSchema, policyPath } from './visible-policies.ts'

const MAX_BODY_BYTES = 64 * 1024

export const activateSchema = z.strictObject({
  revision: z.int().min(1).describe('Its number'),
  percent: z
    .exactOptional(z.number().min(0).max(100))
    .describe('As the revision says, else 100; 0 for a shadow'),
  shadow: z.exactOptional(z.boolean()).describe('As the revision says, else false'),
})

export const rollbackSchema = z.strictObject({ jws: jwsSchema })
export const stopSchema = z.strictObject({ jws: jwsSchema })

type PolicyRequest = AdminRequest<{ readonly policy: string }, unknown, unknown>

export function createRolloutRoutes({
  control,
}: {
  readonly control: PolicyControl
}): readonly Route[] {
  return [activateRevision(control), haltRollout(control), rollBack(control), stopPolicy(control)]
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
      const activation = { policy: path.policy, revision, percent, shadow, expected }
      return answerWith(await control.activate(activation, admin.actor))
    },
  })
}

function haltRollout(control: PolicyControl): Route {
  return defineRoute({
    method: 'post',
    path: '/admin/v1/policies/{policy}/halt',
    operation: 'haltRollout',
    scope: 'policy:activate',
    summary: 'Takes a staged revision back; it needs no signature and no body',
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
      return answerWith(await control.halt(halt, admin.actor))
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
      return answerWith(await control.rollback(rollback, admin.actor))
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
      return answerWith(await control.stop(stop, admin.actor))
    },
  })
}

/** @throws AdminProblem `precondition_failed`, or `not_found` for a policy that is not seen. */
async function expectedBy(
  control: PolicyControl,
  { admin, path: { policy }, ifMatch }: PolicyRequest,
): Promise<number | null> {
  return expectedVersion(ifMatch, await findVisibleState(control, { admin, policy }))
}

function answerWith(changed: Result<PolicyState, ControlFailure>): RouteAnswer<PolicyState> {
  if (!changed.ok) throw toControlProblem(changed.failure)
  return { status: 200, body: changed.value, headers: { etag: etagOf(changed.value) } }
}
