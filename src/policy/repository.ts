/**
 * Where a request gets its bundle from: the port, and the index of the bundles built into the program. No I/O.
 * There is always one bundle; "no policy" is a state that construction rules out.
 */
import type { Bundle, Mode, RolloutUnit } from './section.ts'

/** What a request may ask for; without an id it gets the policy used by default. */
export type PolicyReference = {
  readonly id?: string
  /** The beginning of a digest, as in `default@3f9a`: an active or staged bundle of that policy. */
  readonly digestPrefix?: string | null
}

/** Who asks: a staged revision serves the same callers from one request to the next. */
export type Caller = {
  readonly tenant: string
  readonly app: string
  readonly session: string | null
  /** The name of the person, as a transcript's subject is made of it; null for nobody. It may have to read the body. */
  user(): Promise<string | null>
  /** A digest of the user's first turn; null where there is none. It may have to read the body. */
  conversation(): Promise<string | null>
}

/** On which side of a rollout a request fell, and how: a caller's bucket never changes while the candidate is staged. */
export type Cohort = {
  /** Where callers are moved from one policy to another, whose active bundle then is the candidate: both. */
  readonly move?: { readonly from: string; readonly to: string }
  /** The move by which the caller came into this rollout, where it is one of the policy moved to. */
  readonly through?: Cohort
  readonly candidate: { readonly digest: string; readonly revision: number }
  /** The share of callers (0 to 100) that the candidate serves. */
  readonly percent: number
  /**
   * The caller's place, from 0 (inclusive) to 100 (exclusive), in hundredths: below `percent` it is served by the candidate.
   * Null where all or none are, and nobody's place was looked for.
   */
  readonly bucket: number | null
  /** What the place is of, never whose; null with the bucket. */
  readonly unit: RolloutUnit | null
  readonly served: 'active' | 'candidate'
  /** The version of the policy's state: what is compared is compared within one. */
  readonly version: number
}

/** What a request keeps to its end. */
export type Pinned = {
  readonly bundle: Bundle
  /** Null where no rollout is under way, or the request named its digest. */
  readonly cohort: Cohort | null
  /** A bundle to be run beside this one, without effect; null where there is none. */
  readonly candidate: Bundle | null
  /** The mode of the policy that its caller was moved from: a move weakens none. */
  readonly leastMode?: Mode
}

export type PolicyStatus = {
  readonly id: string
  readonly digest: string
  readonly revision: number
  readonly candidate: {
    readonly digest: string
    readonly revision: number
    readonly percent: number
    readonly shadow: boolean
  } | null
  /** Absent where no callers are moved to another policy. */
  readonly move?: { readonly to: string; readonly percent: number; readonly shadow: boolean }
  /** `live`: as the source has it now; `cached`: the last good one, the source being out of reach or not to be trusted. */
  readonly state: 'live' | 'cached'
  /** Why it is `cached`, as a closed word; while `live` null, or `signer_retired`: a key that signed it may sign no more. */
  readonly problem: string | null
  /** Milliseconds since the source was last in reach. */
  readonly ageMs: number
}

/** Hands work to the platform that outlives the request that began it. */
export type Defer = (work: Promise<unknown>) => void

export interface PolicyRepository {
  /** What a request keeps to its end; null only where the reference names a policy or digest that is not there. */
  pin(
    reference: PolicyReference,
    caller: Caller,
    defer: Defer,
  ): Pinned | null | Promise<Pinned | null>
  /** A bundle that served or was staged, by its whole digest: for work that began under it. */
  find(policy: string, digest: string): Bundle | null | Promise<Bundle | null>
  status(): readonly PolicyStatus[]
}

/** The policy whose rollout a cohort is of, or whose callers a move takes, of a request that came to `policy`. */
export function rolloutOf({ move }: Pick<Cohort, 'move'>, policy: string): string {
  return move?.from ?? policy
}

/** Shorter prefixes would soon name two bundles. */
export const MIN_PREFIX = 4

/**
 * The bundles built into the program, by policy id.
 * @throws RangeError when there is no bundle, two with one id, or none with the default id.
 */
export function indexBuiltIn(
  bundles: readonly Bundle[],
  defaultId: string,
): ReadonlyMap<string, Bundle> {
  const byId = new Map(bundles.map((bundle) => [bundle.id, bundle]))
  if (byId.size < bundles.length) {
    throw new RangeError('Build in one bundle for each policy id: an id is there twice')
  }
  if (!byId.has(defaultId)) {
    const known = [...byId.keys()].join(', ') || 'none'
    throw new RangeError(`Set POLICY to a policy that is built in (${known}): ${defaultId}`)
  }
  return byId
}

export function matchesPrefix({ digest }: Bundle, prefix: string): boolean {
  return prefix.length >= MIN_PREFIX && digest.startsWith(prefix)
}
