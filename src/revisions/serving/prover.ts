/**
 * States of policies to the bundles they name, each proved once and remembered for a while. I/O through the sources alone.
 * Bundles that have left go on being found by their digest, for work that began under them.
 */
import { LRUCache } from 'lru-cache'
import { fail, type Result, succeed } from '../../lib/result.ts'
import type { Bundle } from '../../policy/section.ts'
import type { PolicyState, RevisionStore } from '../registry.ts'
import { readPayload } from '../revision.ts'
import { proveRevision, type RevisionSource } from './prove-revision.ts'
import type { ProveSignatures } from './prove-signatures.ts'
import type { ProvenRevision, RevisionName, SourceProblem } from './proven.ts'
import { createSnapshot, type Snapshot } from './snapshot.ts'

export type ProvenState = {
  readonly snapshot: Snapshot
  /** Those of its bundles that were signed. */
  readonly revisions: readonly ProvenRevision[]
}

export type StoredRevisions = Pick<RevisionStore, 'revision' | 'revisions' | 'content'>

export type ProverOptions = {
  readonly builtIn: ReadonlyMap<string, Bundle>
  readonly store: StoredRevisions
  readonly proveSignatures: ProveSignatures
  /** Prepares a bundle ahead of its first request, in turns: requests under other bundles go on meanwhile. */
  readonly warmInTurns: (bundle: Bundle) => Promise<void>
}

/** Active, candidate and replaced bundles of a few policies, of some hundred kilobytes each. */
const MAX_REMEMBERED = 32
/** Work that waits for longer than so many revisions is given up. */
const MAX_SEARCHED = 50

export class Prover {
  readonly #options: ProverOptions
  readonly #proven = new LRUCache<string, ProvenRevision>({ max: MAX_REMEMBERED })
  readonly #database: RevisionSource

  constructor(options: ProverOptions) {
    const { store } = options
    this.#options = options
    this.#database = {
      envelope: async (policy, number) => (await store.revision(policy, number))?.jws ?? null,
      content: (digest) => store.content(digest),
    }
  }

  /** Proves all that a state names, by the database or by another source. */
  async prove(
    state: PolicyState,
    source: RevisionSource = this.#database,
  ): Promise<Result<ProvenState, SourceProblem>> {
    const { builtIn, warmInTurns } = this.#options
    const { policy, active, activeDigest, candidate, candidateDigest } = state
    const initial = active === 0 ? builtIn.get(policy) : undefined
    if (active === 0 && !initial) return fail('content_missing')
    const [current, staged] = await Promise.all([
      initial ? null : this.#proveOne({ policy, number: active, digest: activeDigest }, source),
      candidate === null
        ? null
        : this.#proveOne({ policy, number: candidate, digest: candidateDigest ?? '' }, source),
    ])
    if (current && !current.ok) return current
    if (staged && !staged.ok) return staged
    const waits = state.stopped !== null
    if (waits && !(current && isStop(current.value))) return fail('payload_mismatch')
    if (staged && isStop(staged.value)) return fail('payload_mismatch')
    const bundle = initial ?? current?.value.bundle
    if (!bundle) return fail('content_missing')
    await warmInTurns(bundle)
    const revisions = [current, staged].flatMap((one) => (one ? [one.value] : []))
    const snapshot = createSnapshot(state, bundle, staged?.value.bundle ?? null)
    return succeed({ snapshot, revisions })
  }

  /** The same state with its signatures looked at again: what was proved once stays proved. */
  async recheck({ snapshot, revisions }: ProvenState): Promise<ProvenState> {
    const rechecked = revisions.map((revision) => this.#recheckOne(revision))
    return { snapshot, revisions: await Promise.all(rechecked) }
  }

  /** A bundle by its digest: remembered, built in, or of one of the policy's last revisions. */
  find(policy: string, digest: string): Bundle | null | Promise<Bundle | null> {
    const recent = this.#proven.get(digest)?.bundle
    if (recent?.id === policy) return recent
    const initial = this.#options.builtIn.get(policy)
    return initial?.digest === digest ? initial : this.#search(policy, digest)
  }

  async #proveOne(name: RevisionName, source: RevisionSource) {
    const { proveSignatures, warmInTurns } = this.#options
    const known = (digest: string) => this.#proven.get(digest)
    const revision = await proveRevision({ source, proveSignatures, known }, name)
    if (revision.ok) {
      this.#proven.set(name.digest, revision.value)
      await warmInTurns(revision.value.bundle)
    }
    return revision
  }

  async #recheckOne(revision: ProvenRevision): Promise<ProvenRevision> {
    const { bundle, envelope } = revision
    const name = { policy: bundle.id, number: bundle.revision, digest: bundle.digest }
    const signed = await this.#options.proveSignatures(envelope, name)
    const found = signed.ok ? signed.value : 'retired'
    const isUnknown =
      found === 'remembered' || (!signed.ok && signed.failure === 'signers_unavailable')
    if (isUnknown || found === revision.trust) return revision
    const rechecked = { ...revision, trust: found }
    if (this.#proven.peek(bundle.digest) === revision) this.#proven.set(bundle.digest, rechecked)
    return rechecked
  }

  async #search(policy: string, digest: string): Promise<Bundle | null> {
    const last = await this.#options.store.revisions(policy, { before: null, limit: MAX_SEARCHED })
    const record = last.find((one) => one.digest === digest)
    if (!record) return null
    const revision = await this.#proveOne({ policy, number: record.number, digest }, this.#database)
    return revision.ok ? revision.value.bundle : null
  }
}

/** By one signature nothing serves but what was signed to stop, and that is never staged. */
function isStop({ envelope }: ProvenRevision): boolean {
  return readPayload(envelope).stop === true
}
