/**
 * Callers of one policy who get what serves another one. I/O through the caller alone. A move is followed once and no
 * further; where the other policy does not serve here, everybody stays.
 */
import type { Caller, Cohort, Pinned } from '../../policy/repository.ts'
import type { Move } from '../registry.ts'
import type { ServedPolicies } from './served-policies.ts'
import { isAmong, pinCaller, pinSnapshot, placeIn, type Snapshot } from './snapshot.ts'

type PolicyRequest = {
  readonly digestPrefix: string | null | undefined
  readonly caller: Caller
}

/** What a request for a policy keeps to its end, of that policy or of the one that its caller is moved to. */
export function pinPolicy(
  served: Pick<ServedPolicies, 'get'>,
  snapshot: Snapshot,
  { digestPrefix = null, caller }: PolicyRequest,
): Pinned | null | Promise<Pinned> {
  const move = snapshot.state?.move ?? null
  const other = move && served.get(move.to)
  if (digestPrefix !== null || !move || !other || !isAmong(caller, move.callers)) {
    return pinSnapshot(snapshot, digestPrefix, caller)
  }
  return pinMoved({ snapshot, move, other }, caller)
}

async function pinMoved(
  {
    snapshot: { active, state },
    move: { to, percent, shadow },
    other,
  }: { readonly snapshot: Snapshot; readonly move: Move; readonly other: Snapshot },
  caller: Caller,
): Promise<Pinned> {
  const from = active.id
  const { digest, revision, rollout } = other.active
  // Neither policy's revisions are part of it: a place outlives them as the move does.
  const place = await placeIn(`${from}>${to}`, { caller, percent, unit: rollout?.unit })
  const cohort: Cohort = {
    move: { from, to },
    candidate: { digest, revision },
    percent,
    ...place,
    version: state?.version ?? 0,
  }
  if (place.served === 'active') {
    return { bundle: active, cohort, candidate: shadow ? other.active : null }
  }
  const pinned = await pinCaller(other, caller)
  return {
    ...pinned,
    cohort: pinned.cohort ? { ...pinned.cohort, through: cohort } : cohort,
    leastMode: active.mode,
  }
}
