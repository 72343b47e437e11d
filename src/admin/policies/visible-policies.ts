/** The policies that an admin may see; the others look as if they did not exist. I/O through the port alone. */
import * as z from 'zod'
import type { PolicyControl, UnservedState } from '../../revisions/control/control.ts'
import type { CallerScope, PolicyState } from '../../revisions/registry.ts'
import { type Admin, seesPolicy, seesTenant } from '../authenticate-admin.ts'
import { policyIdSchema } from '../common-schemas.ts'
import { AdminProblem } from '../problem.ts'

/** The part of a path that names a policy. */
export const policyPath = z.object({ policy: policyIdSchema })

/** A signed revision as it is sent. */
export const jwsSchema = z
  .looseObject({})
  .describe('The signed revision: a JWS in general JSON serialization (RFC 7515, 7.2.1)')

type Named = { readonly admin: Admin; readonly policy: string }

/** @throws AdminProblem `not_found`. */
export function requirePolicy(admin: Admin, policy: string): void {
  if (!seesPolicy(admin, policy)) throw noSuchPolicy()
}

type Known = PolicyState | UnservedState

/** The policies that an admin may see, as they may be seen, by id: those that serve, and those that were pushed and never did. */
export async function listKnown(
  control: Pick<PolicyControl, 'states' | 'unserved'>,
  admin: Admin,
): Promise<readonly Known[]> {
  const [states, unserved] = await Promise.all([control.states(), control.unserved()])
  return [...states.map((state) => asSeenBy(admin, state)), ...unserved]
    .filter(({ policy }) => seesPolicy(admin, policy))
    .toSorted((a, b) => (a.policy < b.policy ? -1 : 1))
}

/** Where a policy stands now. @throws AdminProblem `not_found`. */
export async function requireKnownPolicy(
  control: Pick<PolicyControl, 'states' | 'unserved'>,
  { admin, policy }: Named,
): Promise<Known> {
  const state = await findVisibleState(control, { admin, policy })
  if (state) return asSeenBy(admin, state)
  const unserved = (await control.unserved()).find((one) => one.policy === policy)
  if (!unserved) throw noSuchPolicy()
  return unserved
}

/** Null for a policy that is not built in and was never activated. @throws AdminProblem `not_found` for one that is not seen. */
export async function findVisibleState(
  control: Pick<PolicyControl, 'states'>,
  { admin, policy }: Named,
): Promise<PolicyState | null> {
  requirePolicy(admin, policy)
  return (await control.states()).find((state) => state.policy === policy) ?? null
}

/** The same without the names of tenants and policies that the admin does not hold. */
export function asSeenBy(admin: Admin, state: PolicyState): PolicyState {
  const { callers, move } = state
  return {
    ...state,
    callers: callersSeenBy(admin, callers),
    move: move && {
      ...move,
      to: nameSeenBy(admin, move.to),
      callers: callersSeenBy(admin, move.callers),
    },
  }
}

/** Said of a policy that the admin does not hold. */
export function nameSeenBy(admin: Admin, policy: string): string {
  return seesPolicy(admin, policy) ? policy : 'another'
}

function callersSeenBy(admin: Admin, callers: CallerScope | null): CallerScope | null {
  const { tenants = null, apps = null } = callers ?? {}
  const seen = tenants?.filter((tenant) => seesTenant(admin, tenant)) ?? null
  return callers && { tenants: seen, apps }
}

function noSuchPolicy(): AdminProblem {
  return new AdminProblem('not_found', 'No such policy')
}
