/**
 * What serves one policy from one change to the next, and which of its bundles a request gets. I/O through the caller alone.
 * A snapshot is never altered: a request that holds a bundle of one keeps it, whatever comes after.
 */
import { type Caller, type Cohort, matchesPrefix, type Pinned } from '../../policy/repository.ts'
import type { Bundle, RolloutUnit } from '../../policy/section.ts'
import type { CallerScope, PolicyState } from '../registry.ts'
import { bucketOf } from './bucket.ts'
import { unitOf } from './unit.ts'

export type Snapshot = {
  /** Null where nothing was ever activated or staged: the bundle built into the program serves. */
  readonly state: PolicyState | null
  readonly active: Bundle
  readonly candidate: Bundle | null
  /** What a request gets where nothing is staged: made once, not once a request. */
  readonly plain: Pinned
}

export function createSnapshot(
  state: PolicyState | null,
  active: Bundle,
  candidate: Bundle | null,
): Snapshot {
  return { state, active, candidate, plain: unstaged(active) }
}

/** What the request keeps to its end; null where the prefix names neither the active bundle nor the staged one. */
export function pinSnapshot(
  { state, active, candidate, plain }: Snapshot,
  digestPrefix: string | null | undefined,
  caller: Caller,
): Pinned | null | Promise<Pinned> {
  if (digestPrefix !== undefined && digestPrefix !== null) {
    if (matchesPrefix(active, digestPrefix)) return plain
    return candidate && matchesPrefix(candidate, digestPrefix) ? unstaged(candidate) : null
  }
  return pinCaller({ state, active, candidate, plain }, caller)
}

/** What a caller gets who names no digest. */
export function pinCaller(
  { state, active, candidate, plain }: Snapshot,
  caller: Caller,
): Pinned | Promise<Pinned> {
  if (!state || !candidate || !isAmong(caller, state.callers)) return plain
  return pinStaged({ state, active, candidate }, caller)
}

/** True for one of those whom a rollout or a move is for. */
export function isAmong(
  { tenant, app }: Pick<Caller, 'tenant' | 'app'>,
  callers: CallerScope | null,
): boolean {
  return (callers?.tenants?.includes(tenant) ?? true) && (callers?.apps?.includes(app) ?? true)
}

async function pinStaged(
  {
    state,
    active,
    candidate,
  }: Pick<Snapshot, 'active'> & { readonly state: PolicyState; readonly candidate: Bundle },
  caller: Caller,
): Promise<Pinned> {
  const { digest, revision, rollout } = candidate
  const { percent, shadow, version } = state
  const place = await placeIn(`${digest}@${revision}`, { caller, percent, unit: rollout?.unit })
  const cohort = { candidate: { digest, revision }, percent, ...place, version }
  return place.served === 'candidate'
    ? { bundle: candidate, cohort, candidate: null }
    : { bundle: active, cohort, candidate: shadow ? candidate : null }
}

/** On which side of a share a caller is; nobody's place is looked for where it makes no difference. */
export async function placeIn(
  rollout: string,
  share: {
    readonly caller: Caller
    readonly percent: number
    readonly unit: RolloutUnit | undefined
  },
): Promise<Pick<Cohort, 'bucket' | 'unit' | 'served'>> {
  const { caller, percent } = share
  if (percent <= 0) return { bucket: null, unit: null, served: 'active' }
  if (percent >= 100) return { bucket: null, unit: null, served: 'candidate' }
  const unit = await unitOf(caller, share.unit)
  const bucket = bucketOf(caller, unit, rollout)
  return { bucket, unit: unit.kind, served: bucket < percent ? 'candidate' : 'active' }
}

/** True where both states make the same snapshot. */
export function isSameState(one: PolicyState | null, other: PolicyState): boolean {
  return (
    one !== null &&
    one.version === other.version &&
    one.active === other.active &&
    one.activeDigest === other.activeDigest &&
    one.candidate === other.candidate &&
    one.candidateDigest === other.candidateDigest &&
    one.percent === other.percent &&
    one.shadow === other.shadow &&
    JSON.stringify([one.callers, one.move]) === JSON.stringify([other.callers, other.move])
  )
}

function unstaged(bundle: Bundle): Pinned {
  return { bundle, cohort: null, candidate: null }
}
