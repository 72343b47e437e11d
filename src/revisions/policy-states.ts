/**
 * Where policies stand: the newest state of each, what is built in standing in until there is one, and the bundles behind
 * their numbers. Reads the store; a bundle whose content does not fit its digest is none.
 */
import type { JsonValue } from '../lib/json.ts'
import { canonicalBundle, readBundle } from '../policy/bundle.ts'
import { DEFAULT_SIGNATURES } from '../policy/defaults.ts'
import type { Bundle, SignatureSettings } from '../policy/section.ts'
import type { PolicyState, RevisionRecord, RevisionStore } from './registry.ts'

export type PolicyStates = {
  /** Null while nothing of the policy serves. */
  current(policy: string): Promise<PolicyState | null>
  all(): Promise<readonly PolicyState[]>
  bundle(policy: string, number: number): Promise<Bundle | null>
  bundleOf(record: RevisionRecord): Promise<Bundle | null>
  bundleByDigest(policy: string, digest: string): Promise<Bundle | null>
  /** What is kept under a digest, or built in. */
  content(policy: string, digest: string): Promise<JsonValue | null>
  /**
   * Who must sign what comes next: as the bundle that serves asks, or the one that a single person stopped, while that waits.
   * @throws ActiveUnreadable when it cannot be read.
   */
  signatures(state: PolicyState | null): Promise<SignatureSettings>
}

/** The database names a revision as active that it does not have: until it is there again, nothing can follow it. */
export class ActiveUnreadable extends Error {
  override readonly name = 'ActiveUnreadable'

  constructor({ policy, active, stopped }: PolicyState) {
    const [number, what] = stopped === null ? [active, 'it serves'] : [stopped, 'it was stopped']
    super(
      `Restore revision ${number} of ${policy} first: ${what} and cannot be read, so that nobody can tell who must sign what follows it`,
    )
  }
}

export function createPolicyStates(options: {
  readonly store: RevisionStore
  readonly builtIn: ReadonlyMap<string, Bundle>
}): PolicyStates {
  const { store, builtIn } = options

  const bundleOf: PolicyStates['bundleOf'] = async ({ digest, number }) => {
    const content = await store.content(digest)
    const read = content === null ? null : await readBundle(content, { digest, revision: number })
    return read?.ok ? read.value : null
  }

  const bundle: PolicyStates['bundle'] = async (policy, number) => {
    if (number === 0) return builtIn.get(policy) ?? null
    const record = await store.revision(policy, number)
    return record ? bundleOf(record) : null
  }

  return {
    bundle,
    bundleOf,
    async current(policy) {
      const [newest] = await store.history(policy, { before: null, limit: 1 })
      const given = builtIn.get(policy)
      if (newest) return withBuiltIn(newest, given)
      return given ? builtInState(given) : null
    },
    async all() {
      const newest = await store.states()
      const changed = newest.map((state) => withBuiltIn(state, builtIn.get(state.policy)))
      const known = new Set(changed.map(({ policy }) => policy))
      const unchanged = [...builtIn.values()].filter(({ id }) => !known.has(id)).map(builtInState)
      return [...changed, ...unchanged].toSorted((a, b) => (a.policy < b.policy ? -1 : 1))
    },
    async bundleByDigest(policy, digest) {
      const given = builtIn.get(policy)
      if (given?.digest === digest) return given
      const content = await store.content(digest)
      const read = content === null ? null : await readBundle(content, { digest, revision: 0 })
      return read?.ok && read.value.id === policy ? read.value : null
    },
    async content(policy, digest) {
      const given = builtIn.get(policy)
      const kept = await store.content(digest)
      if (kept !== null || given?.digest !== digest) return kept
      return JSON.parse(canonicalBundle(given)) as JsonValue
    },
    async signatures(state) {
      if (!state) return DEFAULT_SIGNATURES
      const asking = await bundle(state.policy, state.stopped ?? state.active)
      if (asking) return asking.signatures ?? DEFAULT_SIGNATURES
      throw new ActiveUnreadable(state)
    },
  }
}

/** What is built in may be another bundle since the state was written: number 0 is always this program's. */
function withBuiltIn(state: PolicyState, given: Bundle | undefined): PolicyState {
  return state.active === 0 && given ? { ...state, activeDigest: given.digest } : state
}

function builtInState({ id, digest }: Bundle): PolicyState {
  return {
    policy: id,
    version: 0,
    action: 'activate',
    active: 0,
    activeDigest: digest,
    candidate: null,
    candidateDigest: null,
    percent: 0,
    shadow: false,
    callers: null,
    move: null,
    changed: 0,
    changedBy: 'gateway',
    reason: null,
    stopped: null,
  }
}
