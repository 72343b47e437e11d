/**
 * How a golden case is decided by a model, as a port: types only. Whoever implements it records nothing.
 */

import type { Bundle, Decision } from '../section.ts'
import type { GoldenCase } from '../write/authored.ts'

export type DecidedCase = {
  /** Null where the answer left without a declared decision. */
  readonly decision: Decision | null
  /** The clauses its reasoning cited. */
  readonly clauses: readonly string[]
}

/** Deliberates upon one case under a bundle; null where no judgement came of it. */
export type DecideCase = (
  golden: GoldenCase,
  options: { readonly bundle: Bundle; readonly model: string; readonly signal: AbortSignal },
) => Promise<DecidedCase | null>
