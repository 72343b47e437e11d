/**
 * Where a request gets its bundle from: the port, and the bundles built into the program behind it. No I/O.
 * There is always one bundle; "no policy" is a state that construction rules out.
 */
import type { Bundle } from './section.ts'

/** What a request may ask for; without an id it gets the policy used by default. */
export type PolicyReference = {
  readonly id?: string
  /** The beginning of a digest, as in `default@3f9a`: an active or staged bundle of that policy. */
  readonly digestPrefix?: string | null
}

export type PolicyStatus = {
  readonly id: string
  readonly digest: string
  readonly revision: number
  /** `live`: as the source has it now; `cached`: the last good one, the source being out of reach. */
  readonly state: 'live' | 'cached'
  /** Milliseconds since the source was last in reach. */
  readonly ageMs: number
}

export interface PolicyRepository {
  /** The bundle a request keeps to its end; null only where the reference names a policy or digest that is not there. */
  pin(reference: PolicyReference): Bundle | null | Promise<Bundle | null>
  status(): readonly PolicyStatus[]
}

/** Shorter prefixes would soon name two bundles. */
const MIN_PREFIX = 4

/**
 * A repository of fixed bundles, used until a revision is activated.
 * @throws RangeError when there is no bundle, two with one id, or none with the default id.
 */
export function createBuiltInRepository(
  bundles: readonly Bundle[],
  defaultId: string,
): PolicyRepository {
  const byId = new Map(bundles.map((bundle) => [bundle.id, bundle]))
  if (byId.size < bundles.length) {
    throw new RangeError('Build in one bundle for each policy id: an id is there twice')
  }
  if (!byId.has(defaultId)) {
    const known = [...byId.keys()].join(', ') || 'none'
    throw new RangeError(`Set POLICY to a policy that is built in (${known}): ${defaultId}`)
  }
  return {
    pin({ id, digestPrefix }) {
      const bundle = byId.get(id ?? defaultId)
      if (!bundle) return null
      if (digestPrefix === undefined || digestPrefix === null) return bundle
      const fits = digestPrefix.length >= MIN_PREFIX && bundle.digest.startsWith(digestPrefix)
      return fits ? bundle : null
    },
    status: () =>
      bundles.map(({ id, digest, revision }) => ({
        id,
        digest,
        revision,
        state: 'live',
        ageMs: 0,
      })),
  }
}
