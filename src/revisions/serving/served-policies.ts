/**
 * The snapshot that serves each policy. No I/O. What serves is swapped in one assignment, so that no request meets half of a
 * change; nothing ever takes a policy away.
 */
import type { Bundle } from '../../policy/section.ts'
import { createSnapshot, type Snapshot } from './snapshot.ts'

export type ServedPoliciesPorts = {
  readonly builtIn: ReadonlyMap<string, Bundle>
  /** Prepares a bundle ahead of its first request. */
  readonly warm: (bundle: Bundle) => void
  /** Told when a bundle begins to serve. */
  readonly activated: (policy: string, digest: string) => void
}

export class ServedPolicies {
  readonly #ports: ServedPoliciesPorts
  #served: ReadonlyMap<string, Snapshot> = new Map()

  constructor(ports: ServedPoliciesPorts) {
    this.#ports = ports
  }

  get(policy: string): Snapshot | undefined {
    return this.#served.get(policy)
  }

  has(policy: string): boolean {
    return this.#served.has(policy)
  }

  all(): ReadonlyMap<string, Snapshot> {
    return this.#served
  }

  swap(policy: string, snapshot: Snapshot): void {
    const before = this.#served.get(policy)
    this.#served = new Map(this.#served).set(policy, snapshot)
    const { digest } = snapshot.active
    if (before?.active.digest !== digest) this.#ports.activated(policy, digest)
  }

  /** False where the program has no such policy. */
  serveBuiltIn(policy: string): boolean {
    const bundle = this.#ports.builtIn.get(policy)
    if (!bundle) return false
    const now = this.#served.get(policy)
    if (now?.active === bundle && now.state === null) return true
    this.#ports.warm(bundle)
    this.swap(policy, createSnapshot(null, bundle, null))
    return true
  }
}
