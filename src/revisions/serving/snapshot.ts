/**
 * What serves one policy from one change to the next, and which of its bundles a request gets. Pure.
 * A snapshot is never altered: a request that holds a bundle of one keeps it, whatever comes after.
 */
import { type Caller, matchesPrefix, type Pinned } from '../../policy/repository.ts'
import type { Bundle } from '../../policy/section.ts'
import type { PolicyState } from '../registry.ts'
import { bucketOf } from './bucket.ts'

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
): Pinned | null {
  if (digestPrefix !== undefined && digestPrefix !== null) {
    if (matchesPrefix(active, digestPrefix)) return plain
    return candidate && matchesPrefix(candidate, digestPrefix) ? unstaged(candidate) : null
  }
  if (!state || !candidate) return plain
  const { digest, revision } = candidate
  const { percent, shadow, version } = state
  const bucket = bucketOf(caller, `${digest}@${revision}`)
  const served = bucket < percent ? 'candidate' : 'active'
  const cohort = { candidate: { digest, revision }, percent, bucket, served, version } as const
  return served === 'candidate'
    ? { bundle: candidate, cohort, candidate: null }
    : { bundle: active, cohort, candidate: shadow ? candidate : null }
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
    one.shadow === other.shadow
  )
}

function unstaged(bundle: Bundle): Pinned {
  return { bundle, cohort: null, candidate: null }
}
