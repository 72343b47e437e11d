/** What an instance says of each policy it serves: which bundles, live or the last good ones, and why. Pure. */
import type { PolicyStatus } from '../../policy/repository.ts'
import type { DatabaseReach } from './reach.ts'
import type { Serving } from './settle-states.ts'
import type { Snapshot } from './snapshot.ts'

/** The word for what is live although nobody who may sign today has signed it. */
const RETIRED = 'signer_retired'

export function policyStatuses(
  { served, standings, clock }: Serving,
  known: {
    readonly reach: Pick<DatabaseReach, 'isAway' | 'reachedMs'>
    /** How old the keys are that were fetched last. */
    readonly keysAgeMs: () => number
  },
): readonly PolicyStatus[] {
  const { isAway, reachedMs } = known.reach
  return [...served.all()].map(([policy, snapshot]) => {
    const { problem: own = null, goodMs = 0, trust = 'current' } = standings.known(policy) ?? {}
    const ageMs = Math.max(0, clock.monotonic() - (own ? goodMs : reachedMs))
    const problem = own ?? (isAway ? 'database_unavailable' : null)
    const named = bundlesOf(snapshot)
    if (problem !== null) return { ...named, state: 'cached', problem, ageMs }
    if (trust === 'remembered') {
      const problem = 'signers_unavailable'
      return { ...named, state: 'cached', problem, ageMs: known.keysAgeMs() }
    }
    return { ...named, state: 'live', problem: trust === 'retired' ? RETIRED : null, ageMs }
  })
}

/** The half of a status that does not change with time. */
function bundlesOf({
  state,
  active,
  candidate,
}: Snapshot): Pick<PolicyStatus, 'id' | 'digest' | 'revision' | 'candidate' | 'move'> {
  const { to, percent = 0, shadow = false } = state?.move ?? {}
  return {
    id: active.id,
    digest: active.digest,
    revision: active.revision,
    candidate: candidate && {
      digest: candidate.digest,
      revision: candidate.revision,
      percent: state?.percent ?? 0,
      shadow: state?.shadow ?? false,
    },
    ...(to !== undefined && { move: { to, percent, shadow } }),
  }
}
