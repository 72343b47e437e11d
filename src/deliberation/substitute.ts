/**
 * What is said when no draft may be: the Fallback of the section that decides the matter. Pure.
 * Ready-made text of the policy, so nothing of any draft is in it.
 */

import type { Answer, Inquiry, Verdict } from '../conversation/outcome.ts'
import { fallbackFor } from '../policy/render.ts'
import type { Bundle, Protocol, Section } from '../policy/section.ts'
import { refusalPart } from './refusal.ts'

/** Of the sections that failed, else of those in full, else of the general ones; the protocol's own text at last. */
export function substituteAnswer(options: {
  readonly inquiry: Inquiry
  readonly bundle: Bundle
  readonly protocol: Protocol
  /** Of the attempt that failed last. */
  readonly verdicts: readonly Verdict[]
  readonly sections: readonly Section[]
}): Answer {
  const { inquiry, bundle, protocol, verdicts, sections } = options
  const fallback = fallbackFor(bundle, {
    failed: failedSections(bundle, verdicts),
    full: sections.map(({ id }) => id),
  })
  const text = fallback?.text ?? protocol.texts.fallback?.trim() ?? ''
  return { parts: [refusalPart(text, inquiry)], finishReason: 'stop', logprobs: null }
}

/** The ids of the sections that hold a clause found violated. */
export function failedSections(bundle: Bundle, verdicts: readonly Verdict[]): readonly string[] {
  const violated = new Set(
    verdicts.flatMap(({ findings }) =>
      findings.filter(({ finding }) => finding === 'violated').map(({ clause }) => clause),
    ),
  )
  return bundle.sections
    .filter(({ clauses }) => clauses.some(({ id }) => violated.has(id)))
    .map(({ id }) => id)
}
