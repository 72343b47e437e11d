/**
 * Nobody hands on more than they hold: what a route gives to others, or has done for them, is held against the admin's own
 * tenants, policies and scopes. Pure. That something is not held is told; whether it exists never is.
 */
import type { Consent } from '../transcript/record/record.ts'
import { type Admin, seesPolicy, seesTenant } from './authenticate-admin.ts'
import { AdminProblem, type FieldProblem } from './problem.ts'

/** @throws AdminProblem `insufficient_scope`. */
export function requireTenant(admin: Admin, tenant: string): void {
  if (seesTenant(admin, tenant)) return
  throw new AdminProblem('insufficient_scope', 'The token does not name this tenant')
}

/** `*` stands for every tenant there is or will be. @throws AdminProblem `insufficient_scope`. */
export function requireTenants(admin: Admin, tenants: readonly string[]): void {
  for (const tenant of tenants) requireTenant(admin, tenant)
}

/** @throws AdminProblem `insufficient_scope`, with a pointer to each. */
export function requireScopes(admin: Admin, scopes: readonly string[]): void {
  const problems = scopes.flatMap((scope, index) =>
    admin.scopes.has(scope)
      ? []
      : [fieldProblem(`/scopes/${index}`, `Leave out ${scope}: the token does not hold it`)],
  )
  if (problems.length === 0) return
  const detail = 'The token does not hold these scopes: leave them out, or ask who holds them'
  throw new AdminProblem('insufficient_scope', detail, { members: { problems } })
}

/** `*` stands for every policy there is or will be. @throws AdminProblem `insufficient_scope`, with a pointer to each. */
export function requirePolicies(admin: Admin, policies: readonly string[]): void {
  const problems = policies.flatMap((policy, index) =>
    seesPolicy(admin, policy)
      ? []
      : [
          fieldProblem(
            `/policies/${index}`,
            policy === '*'
              ? 'Name the policies instead of *: the token does not hold all of them'
              : 'Leave out this policy: the token does not hold it',
          ),
        ],
  )
  if (problems.length === 0) return
  const detail = 'The token does not hold these policies: leave them out, or ask who holds them'
  throw new AdminProblem('insufficient_scope', detail, { members: { problems } })
}

/** In milliseconds since the epoch: no token outlives the one that it is made with. @throws AdminProblem `insufficient_scope`. */
export function requireEnd(admin: Admin, expires: number): void {
  if (admin.expires === null || expires <= admin.expires) return
  const end = new Date(admin.expires).toISOString()
  const detail = `The token that makes this one ends at ${end}: let it end by then, or ask who has longer`
  const problems = [fieldProblem('/expires', `Send a moment by ${end}`)]
  throw new AdminProblem('insufficient_scope', detail, { members: { problems } })
}

/** Consent `harvest` opens content to exports, so that it takes who may export. @throws AdminProblem `insufficient_scope`. */
export function requireConsent(admin: Admin, consent: Consent): void {
  if (consent !== 'harvest' || admin.scopes.has('transcript:export')) return
  const detail =
    'The token lacks the scope transcript:export, which consent harvest opens transcripts to'
  const problems = [fieldProblem('/consent', 'Send none or audit')]
  throw new AdminProblem('insufficient_scope', detail, { members: { problems } })
}

function fieldProblem(pointer: string, message: string): FieldProblem {
  return { code: 'field_invalid', message, pointer }
}
