/**
 * What holds where a policy says nothing of its rollout and its tests. Data, no I/O.
 * A bundle leaves out what its author left out, so that these may change without changing a digest.
 */
import type { GuardSettings, SignatureSettings, TestThresholds } from './section.ts'

export const DEFAULT_GUARD: GuardSettings = {
  minRequests: 100,
  refusalRate: 0.1,
  judgeFailureRate: 0.05,
  latencyRatio: 2,
  disagreement: 0.2,
}

export const DEFAULT_SIGNATURES: SignatureSettings = { required: 1, signers: [] }

/** Selection is exact and must hold everywhere; a model's decisions are not. */
export const DEFAULT_THRESHOLDS: TestThresholds = { recall: 1, permit: 1, decisions: 0.8 }
