/**
 * The checks of a draft that need no model: form, citations, consistency, leak. Pure.
 * A check's reason is a class and never holds text of the draft.
 */

import type { Check, Draft } from '../conversation/outcome.ts'
import type { Section } from '../policy/section.ts'
import { checkConsistency } from './consistency.ts'
import type { FindLeak, LeakQuery } from './leak.ts'
import { clauseIds } from './select.ts'

export type VerifyOptions = Omit<LeakQuery, 'answer' | 'reasoning'> & {
  readonly draft: Draft
  /** The sections this draft was given in full. */
  readonly sections: readonly Section[]
  readonly findLeak: FindLeak
}

/** All four checks, in order; the draft may go on only if each passed. */
export function verify(options: VerifyOptions): readonly Check[] {
  const { draft, sections, findLeak } = options
  return [
    checkOf('format', formatFault(draft)),
    checkOf('citations', citationFault(draft, sections)),
    checkConsistency(options),
    checkOf('leak', findLeak({ ...options, answer: draft.answer, reasoning: draft.reasoning })),
  ]
}

function checkOf(name: Check['name'], fault: string | null): Check {
  return { name, passed: fault === null, reason: fault }
}

/** A native draft may lack the decision line: its decision is then read from the reasoning by the judge. */
function formatFault(draft: Draft): string | null {
  return draft.decision === null && draft.strategy !== 'native' ? 'no_decision' : null
}

/** A citation is no evidence of compliance, but an invented one is evidence against the reasoning. */
function citationFault(draft: Draft, sections: readonly Section[]): string | null {
  const known = new Set(clauseIds(sections))
  return draft.citedClauses.every((id) => known.has(id)) ? null : 'unknown_clause'
}
