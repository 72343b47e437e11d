/** What the next revision of a policy has to be: its number, what it follows, and who must sign it. Reads through the port. */
import { DEFAULT_SIGNATURES } from '../../policy/defaults.ts'
import type { SignatureSettings } from '../../policy/section.ts'
import { FARTHEST } from '../../revisions/control/check-envelope.ts'
import type { PolicyState } from '../../revisions/registry.ts'
import type { KnownPolicy, OpenControl } from './control.ts'

export type PolicyStanding = {
  /** Null while nothing of the policy serves. */
  readonly state: PolicyState | null
  readonly next: number
  /** As the bundle that serves asks for, or the one that one person stopped. */
  readonly signatures: SignatureSettings
}

export async function readStanding(
  control: Pick<OpenControl, 'states' | 'revisions' | 'bundle'>,
  policy: string,
): Promise<PolicyStanding> {
  const state = await findState(control, policy)
  const [newest] = await control.revisions(policy, { before: null, limit: 1 })
  const active = state ? await control.bundle(policy, state.stopped ?? state.active) : null
  return {
    state,
    next: nextNumber(newest?.number ?? 0, state?.active ?? 0),
    signatures: active?.signatures ?? DEFAULT_SIGNATURES,
  }
}

/** Behind everything that was pushed, but for what somebody has pushed so far off that nothing can follow it. */
function nextNumber(newest: number, active: number): number {
  return newest - active < FARTHEST ? Math.max(newest, active) + 1 : active + 1
}

/** Null while nothing of the policy serves. */
export async function findState(
  control: Pick<OpenControl, 'states'>,
  policy: string,
): Promise<PolicyState | null> {
  return (await control.states()).find((one) => one.policy === policy) ?? null
}

/** @throws Error that names the policies there are. */
export async function requireKnown(
  control: Pick<OpenControl, 'known'>,
  policy: string,
): Promise<KnownPolicy> {
  const known = await control.known()
  const found = known.find((one) => one.policy === policy)
  if (found) return found
  const names = known.map((one) => one.policy).join(', ') || 'none'
  throw new Error(`Name a policy that is there (${names}): ${policy}`)
}

/** @throws Error that names the policies there are, or says that this one serves nobody yet. */
export async function requireState(
  control: Pick<OpenControl, 'known'>,
  policy: string,
): Promise<PolicyState> {
  const known = await requireKnown(control, policy)
  if (known.active !== null) return known
  throw new Error(
    `Activate a revision of ${policy} first: it serves nobody yet (policy list ${policy})`,
  )
}
