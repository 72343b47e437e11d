/**
 * The one way from a policy's state to its next: compare with what the caller knew, write it with its audit event, tell
 * those who serve. I/O through the store. Of two changes at once one is made, and the other is told what was.
 */
import type { Clock, Random } from '../../lib/clock.ts'
import type { JsonObject } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import type { DecideCase } from '../../policy/check/decided-case.ts'
import type { PolicyStates } from '../policy-states.ts'
import type { PolicyState, RevisionStore, StateAction, VerifyRevision } from '../registry.ts'
import type { ControlFailure } from './control.ts'

export type ControlPorts = {
  readonly store: RevisionStore
  readonly states: PolicyStates
  readonly verify: VerifyRevision
  /** Null where golden cases cannot be tried with a model. */
  readonly decideCase: DecideCase | null
  readonly clock: Clock
  readonly random: Random
  /** Lets what serves be read anew. It must not reject: the change is made already. */
  readonly onChanged: () => Promise<void> | void
  /** A signal that fires after so many milliseconds; the platform's own when left out. */
  readonly timeout?: ((ms: number) => AbortSignal) | undefined
}

/** What a change makes of a state. */
export type StateChange = Pick<
  PolicyState,
  | 'action'
  | 'active'
  | 'activeDigest'
  | 'candidate'
  | 'candidateDigest'
  | 'percent'
  | 'shadow'
  | 'reason'
> &
  /** Left out: a revision is for everyone, whoever was moved stays so, and so does what one person stopped. */
  Partial<Pick<PolicyState, 'callers' | 'move' | 'stopped'>>

export function conflict(message: string): {
  readonly ok: false
  readonly failure: { readonly reason: 'conflict'; readonly message: string }
} {
  return fail({ reason: 'conflict', message })
}

/** Null where the caller knows the state, or does not say; nothing serves in version 0 of a policy without a state. */
export function staleness(
  state: PolicyState | null,
  expected: number | null,
): Result<null, ControlFailure> {
  if (expected === null || expected === (state?.version ?? 0)) return succeed(null)
  if (state) return fail({ reason: 'stale', current: state })
  return conflict(
    `Expect version 0: nothing of this policy serves yet, and ${expected} was expected`,
  )
}

export function nextState(
  clock: Clock,
  options: {
    readonly policy: string
    readonly current: PolicyState | null
    readonly change: StateChange
    readonly actor: string
  },
): PolicyState {
  const { policy, current, change, actor } = options
  const version = (current?.version ?? 0) + 1
  const { move = null, stopped = null } = current ?? {}
  const kept = { callers: null, move, stopped }
  return { policy, version, ...kept, ...change, changed: clock.now(), changedBy: actor }
}

/** The event of a change: from which number and digest to which, of what serves and of what is staged. */
export function changeEvent(
  action: `policy.${StateAction}`,
  { current, next }: { readonly current: PolicyState | null; readonly next: PolicyState },
) {
  const { policy, version, percent, shadow, changedBy, reason, stopped } = next
  const details = {
    version,
    from: namedBy(current),
    to: namedBy(next),
    percent,
    shadow,
    reason,
    stopped,
    ...scopeOf(current, next),
  }
  return { actor: changedBy, action, policy, tenant: null, details }
}

/** Whom a change is about, of which other policies and tenants: whoever does not hold them all does not see the event. */
function scopeOf(current: PolicyState | null, next: PolicyState): JsonObject {
  const { policy, callers, move } = next
  const scopes = [current, next].flatMap((state) => [state?.callers, state?.move?.callers])
  const tenants = [...new Set(scopes.flatMap((scope) => scope?.tenants ?? []))]
  const others = [current, next].flatMap((state) => state?.move?.to ?? [])
  return {
    ...(callers && { callers }),
    ...(move && { move }),
    ...(others.length > 0 && { policies: [...new Set([policy, ...others])] }),
    ...(tenants.length > 0 && { tenants }),
  }
}

/** Writes the next state. */
export async function changeState(
  ports: ControlPorts,
  options: {
    readonly policy: string
    readonly current: PolicyState | null
    readonly change: StateChange
    readonly actor: string
  },
): Promise<Result<PolicyState, ControlFailure>> {
  const { policy, current, change } = options
  const next = nextState(ports.clock, options)
  const event = changeEvent(`policy.${change.action}`, { current, next })
  const changed = await ports.store.change(next, event)
  if (!changed.ok) return outrun(ports, policy)
  await ports.onChanged()
  return succeed(next)
}

/** Another change took the version. @throws Error when there is no trace of it. */
async function outrun(
  { states }: Pick<ControlPorts, 'states'>,
  policy: string,
): Promise<Result<never, ControlFailure>> {
  const current = await states.current(policy)
  if (!current) throw new Error(`The version was taken by nobody: ${policy}`)
  return fail({ reason: 'stale', current })
}

function namedBy(state: PolicyState | null) {
  const { active = null, activeDigest = null } = state ?? {}
  const { candidate = null, candidateDigest = null } = state ?? {}
  const moved = state?.move?.to
  return { active, activeDigest, candidate, candidateDigest, ...(moved !== undefined && { moved }) }
}
