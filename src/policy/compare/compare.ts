/**
 * What two bundles of a policy say differently: settings, precedence, sections, clauses, triggers and texts. Pure.
 * Always in the same order, and never empty for two bundles with different contents. Golden cases are no part of a bundle.
 */

import { atOnce, type Steps } from '../../lib/in-turns.ts'
import type { Bundle } from '../section.ts'
import { compareFields, type FieldChange } from './compare-fields.ts'
import { type SectionChange, sectionsInSteps } from './compare-sections.ts'
import { type PrecedenceMove, precedenceInSteps } from './precedence-moves.ts'

/** Which bundle is meant. */
export type BundleName = Pick<Bundle, 'id' | 'digest' | 'revision'>

export type PolicyDiff = {
  /** Null where a policy is compared with nothing. */
  readonly from: BundleName | null
  readonly to: BundleName
  /** True where the contents are the same; the revision numbers may differ. */
  readonly same: boolean
  readonly settings: readonly FieldChange[]
  readonly precedence: readonly PrecedenceMove[]
  /** By id. */
  readonly sections: readonly SectionChange[]
  /** The policy's own styles, by decision; those of sections are among their fields. */
  readonly styles: readonly FieldChange[]
}

export function comparePolicies(from: Bundle | null, to: Bundle): PolicyDiff {
  return atOnce(compareInSteps(from, to))
}

/** The same, interrupted after each section. */
export function* compareInSteps(from: Bundle | null, to: Bundle): Steps<PolicyDiff> {
  const differences = {
    settings: compareFields(from ? settingsOf(from) : {}, settingsOf(to)),
    precedence: yield* precedenceInSteps(from?.precedence ?? [], to.precedence),
    sections: yield* sectionsInSteps(from?.sections ?? [], to.sections),
    styles: compareFields(from?.style ?? {}, to.style),
  }
  const same = Object.values(differences).every((list) => list.length === 0)
  return { from: from && nameOf(from), to: nameOf(to), same, ...differences }
}

function nameOf({ id, digest, revision }: Bundle): BundleName {
  return { id, digest, revision }
}

function settingsOf(bundle: Bundle): object {
  const { digest: _d, revision: _r, sections: _s, precedence: _p, style: _t, ...settings } = bundle
  return settings
}
