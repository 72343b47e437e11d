/**
 * The highest number of each policy that was ever committed, as far as this instance has seen: what keeps a database that
 * was tampered with, or restored, from serving an old policy again. No I/O; numbers only grow.
 */

import type { PolicyState } from '../registry.ts'
import type { SourceProblem } from './proven.ts'

/** The highest number of a policy, and what it was of. */
export type Committed = { readonly number: number; readonly digest: string }

export interface CommittedNumbers {
  /** Why a state must not serve; null where it may. */
  replayed(state: PolicyState): SourceProblem | null
  /** A lower number than what is known teaches nothing. */
  learn(policy: string, committed: Committed): void
  /** 0 for a policy of which nothing was committed. */
  highest(policy: string): number
  all(): ReadonlyMap<string, Committed>
}

export function createCommittedNumbers(): CommittedNumbers {
  const known = new Map<string, Committed>()
  const highest = (policy: string) => known.get(policy)?.number ?? 0
  return {
    highest,
    replayed({ policy, active, activeDigest, candidate }) {
      if (active < highest(policy)) return 'number_replayed'
      if (candidate !== null && candidate <= active) return 'number_replayed'
      const before = known.get(policy)
      const isOther = active > 0 && active === before?.number && activeDigest !== before.digest
      return isOther ? 'digest_mismatch' : null
    },
    learn(policy, committed) {
      if (!known.has(policy) || committed.number > highest(policy)) known.set(policy, committed)
    },
    all: () => known,
  }
}
