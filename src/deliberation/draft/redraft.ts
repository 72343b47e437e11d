/**
 * Why a draft is made again, and how the model is told. Pure.
 * It is told of clauses and of the answer alone: reasoning is never criticised to the model that wrote it, and
 * nothing says that anyone looked.
 */

import type { Verdict } from '../../conversation/outcome.ts'
import type { Bundle, Protocol, Section } from '../../policy/section.ts'
import { neutraliseText } from '../neutralise.ts'
import { fillText } from '../protocol-texts.ts'

export type RedraftPoint = { readonly clause: string; readonly hint: string | null }

export type Redraft =
  /** From scratch, with nothing said of the draft before. */
  | { readonly kind: 'fresh' }
  | { readonly kind: 'points'; readonly points: readonly (RedraftPoint & { text: string })[] }

/** A hint is one sentence; more is not one. */
const MAX_HINT_LENGTH = 300

/** Words that would tell the model it is being watched; a hint that holds one is left out. */
const WATCHING =
  /\b(?:judg\w*|scor(?:e|es|ed|ing)|grad(?:e|es|ed|er|ing)|monitor\w*|evaluat\w*|review\w*|reason(?:ing|ed)|deliberat\w*|finding\w*)\b/i

/** What a failed answer has to attend to; from scratch when the answer itself broke no clause. */
export function createRedraft(verdicts: readonly Verdict[], bundle: Bundle): Redraft {
  const texts = clauseTexts(bundle.sections)
  const answer = verdicts.find((verdict) => verdict.channel === 'answer' && !verdict.passed)
  // A judge that was told opinions might pass them on.
  const hintOf = answer?.opinions ? () => null : usableHint
  const points = (answer?.findings ?? [])
    .filter((finding) => finding.finding === 'violated')
    .map(({ clause, hint }) => ({ clause, hint: hintOf(hint), text: texts.get(clause) ?? '' }))
  return points.length > 0 ? { kind: 'points', points } : { kind: 'fresh' }
}

export function renderRedraft(protocol: Protocol, redraft: Redraft): string {
  if (redraft.kind === 'fresh') return fillText(protocol, 'redraft-fresh', {})
  const points = redraft.points
    .map(({ clause, text, hint }) => `- ${clause}: ${text}${hint ? `\n  Hint: ${hint}` : ''}`)
    .join('\n')
  return fillText(protocol, 'redraft', { points })
}

function usableHint(hint: string | null): string | null {
  if (!hint || WATCHING.test(hint)) return null
  return neutraliseText(hint.replace(/\s+/g, ' ').trim()).slice(0, MAX_HINT_LENGTH)
}

function clauseTexts(sections: readonly Section[]): ReadonlyMap<string, string> {
  return new Map(
    sections.flatMap((section) => section.clauses.map((clause) => [clause.id, clause.text])),
  )
}
