/**
 * What is said when no draft may be: the Fallback of the section that decides the matter. Pure.
 * Ready-made text of the policy, so nothing of any draft is in it.
 */
import type { Bundle, Protocol, Section } from '../policy/section.ts'
import type { Answer, Inquiry, Verdict } from './outcome.ts'

export function substituteAnswer(options: {
  readonly inquiry: Inquiry
  readonly bundle: Bundle
  readonly protocol: Protocol
  /** Of the attempt that failed last. */
  readonly verdicts: readonly Verdict[]
  readonly sections: readonly Section[]
}): Answer {
  const { inquiry, protocol } = options
  const text = fallbackText(options) ?? protocol.texts.fallback?.trim() ?? ''
  // A client that parses JSON meets a refusal where the contract puts one.
  const kind = inquiry.demands.structured ? 'refusal' : 'text'
  return { parts: [{ kind, text }], finishReason: 'stop', logprobs: null }
}

/** Of the sections that failed, else of those selected, else of the general ones: the first by precedence. */
function fallbackText(options: {
  readonly bundle: Bundle
  readonly verdicts: readonly Verdict[]
  readonly sections: readonly Section[]
}): string | undefined {
  const { bundle, verdicts, sections } = options
  const violated = new Set(
    verdicts.flatMap(({ findings }) =>
      findings.filter(({ finding }) => finding === 'violated').map(({ clause }) => clause),
    ),
  )
  const failed = bundle.sections.filter(({ clauses }) => clauses.some(({ id }) => violated.has(id)))
  const selected = sections.filter((section) => !section.always)
  const general = bundle.sections.filter((section) => section.always)
  return [failed, selected, general]
    .flatMap((group) => byPrecedence(group, bundle))
    .map((section) => section.fallback.trim())
    .find((fallback) => fallback !== '')
}

function byPrecedence(sections: readonly Section[], { precedence }: Bundle): readonly Section[] {
  const rank = ({ id }: Section) => {
    const index = precedence.indexOf(id)
    return index < 0 ? precedence.length : index
  }
  return sections.toSorted((one, other) => rank(one) - rank(other))
}
