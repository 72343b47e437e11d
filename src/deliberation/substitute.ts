/**
 * What is said in place of an answer: a refusal where a draft refuses, the policy's own text where no draft may be said. Pure.
 * It moves words that were judged, or takes ready-made text of the policy: nothing of a draft that failed is in it.
 */

import type { Answer, Draft, Inquiry, OutputPart, Verdict } from '../conversation/outcome.ts'
import { parseJson } from '../lib/json.ts'
import { fallbackFor } from '../policy/render.ts'
import type { Bundle, Protocol, Section } from '../policy/section.ts'

/** Words that decline: a refusal where the client parses JSON and would stumble over prose, else its text. */
export function refusalPart(text: string, { demands }: Inquiry): OutputPart {
  return { kind: demands.structured ? 'refusal' : 'text', text }
}

/** The answer of a draft as it is released. */
export function presentAnswer({ decision, answer }: Draft, inquiry: Inquiry): Answer {
  const acts = answer.parts.some((part) => part.kind === 'tool_call')
  if (decision !== 'refuse' || acts) return answer
  // A client whose own schema has room for a refusal reads it there.
  const parts = answer.parts.map((part) =>
    part.kind === 'text' && !parseJson(part.text).ok ? refusalPart(part.text, inquiry) : part,
  )
  const moved = parts.some((part, index) => part.kind !== answer.parts[index]?.kind)
  return moved ? { ...answer, parts, logprobs: null } : answer
}

/**
 * The Fallback of the section that decides the matter: of those that failed, else of those in full, else of the general
 * ones; the protocol's own text at last.
 */
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
