/**
 * `POST /admin/v1/policies/{policy}/activate`, `/halt` and `/rollback`: which revision serves. Each is one change of state,
 * and of two admins at once one is told what the other did.
 */
import type { JsonValue } from '../lib/json.ts'
import type { Result } from '../lib/result.ts'
import type { ControlFailure, PolicyControl } from '../revisions/control/control.ts'
import type { PolicyState } from '../revisions/registry.ts'
import { etagOf, expectedVersion } from './conditions.ts'
import { toControlProblem } from './control-problem.ts'
import { type AdminAnswer, type AdminRequest, defineRoute, type Route } from './route.ts'
import { policyPath, stateIfAny } from './visible-policies.ts'

const MAX_BODY_BYTES = 64 * 1024

type PolicyRequest = AdminRequest<{ readonly policy: string }, unknown, unknown>

export function createRolloutRoutes(ports: { readonly control: PolicyControl }): readonly Route[] {
  const { control } = ports

  const expectedBy = async ({ admin, path, ifMatch }: PolicyRequest) =>
    expectedVersion(ifMatch, await stateIfAny(control, admin, path.policy))

  return [
    defineRoute({
      method: 'post',
      path: '/admin/v1/policies/{policy}/activate',
      operation: 'activateRevision',
      scope: 'policy:activate',
      summary: 'Stages an admitted revision, or commits it where it serves everyone',
      parameters: policyPath,
      condition: 'if-match required',
      takes: { body: 'Activation', maxBytes: MAX_BODY_BYTES },
      answers: { 200: 'The new state' },
      headers: ['ETag'],
      problems: ['conflict', 'revision_rejected'],
      gives: 'PolicyState',
      async handle(request) {
        const { admin, path, body } = request
        const { revision, percent = null, shadow = null } = body
        const expected = await expectedBy(request)
        const activation = { policy: path.policy, revision, percent, shadow, expected }
        return answerWith(await control.activate(activation, admin.actor))
      },
    }),
    defineRoute({
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
      gives: 'PolicyState',
      async handle(request) {
        const { admin, path } = request
        const expected = await expectedBy(request)
        const halt = { policy: path.policy, expected, reason: null }
        return answerWith(await control.halt(halt, admin.actor))
      },
    }),
    defineRoute({
      method: 'post',
      path: '/admin/v1/policies/{policy}/rollback',
      operation: 'rollBack',
      scope: 'policy:activate',
      summary: 'Activates a new signed revision that names a digest which served before',
      parameters: policyPath,
      condition: 'if-match',
      takes: { body: 'Rollback', maxBytes: MAX_BODY_BYTES },
      answers: { 200: 'The new state' },
      headers: ['ETag'],
      problems: ['conflict', 'revision_rejected'],
      gives: 'PolicyState',
      async handle(request) {
        const { admin, path, body } = request
        const expected = await expectedBy(request)
        const rollback = { policy: path.policy, jws: body.jws as JsonValue, expected }
        return answerWith(await control.rollback(rollback, admin.actor))
      },
    }),
  ]
}

function answerWith(changed: Result<PolicyState, ControlFailure>): AdminAnswer<PolicyState> {
  if (!changed.ok) throw toControlProblem(changed.failure)
  return { status: 200, body: changed.value, headers: { etag: etagOf(changed.value) } }
}
