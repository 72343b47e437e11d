/**
 * Sections as the text that models read, and the ready texts that stand in for an answer. Pure.
 * The same bundle always renders to the same bytes: providers cache prompts by their beginning.
 */
import type { Bundle, Decision, Section } from './section.ts'

/** One line per section of the bundle, in the bundle's order. */
export function renderSummaries(bundle: Bundle): string {
  return bundle.sections
    .map((section) => `- **${section.id}** ${section.title}: ${section.summary}`)
    .join('\n')
}

/** Sections in full. Fallbacks are left out: they are for when no draft stands. */
export function renderSections(sections: readonly Section[]): string {
  return sections.map(renderSection).join('\n\n')
}

/** One section in full, without its fallback. */
export function renderSection(section: Section): string {
  const parts: readonly (readonly [string, string])[] = [
    ['Definitions', section.definitions],
    ['Allowed', section.allowed],
    ['Disallowed', section.disallowed],
    ['Safe completion', section.safeCompletion],
    ['Rationale', section.rationale],
    ['Examples', section.examples],
  ]
  return [
    `### ${section.id}: ${section.title}`,
    ...parts.filter(([, text]) => text !== '').map(([title, text]) => `#### ${title}\n\n${text}`),
  ].join('\n\n')
}

/** The style texts by decision: the policy's own, followed by what the given sections say instead. */
export function renderStyles(
  bundle: Bundle,
  sections: readonly Section[],
): Readonly<Record<Decision, string>> {
  const render = (decision: Decision) =>
    [
      bundle.style[decision],
      ...sections
        .filter((section) => section.style[decision])
        .map((section) => `Where ${section.id} decides: ${section.style[decision]}`),
    ].join('\n\n')
  return {
    comply: render('comply'),
    safe_complete: render('safe_complete'),
    refuse: render('refuse'),
  }
}

export type Fallback = {
  /** The section whose text it is. */
  readonly section: string
  readonly decision: Decision
  readonly text: string
}

/**
 * The ready answer for when no draft stands: of the sections that failed, else of those in full, the one that prevails
 * by precedence and has a fallback; at last whichever section of the bundle has one. Null only where none has.
 */
export function fallbackFor(
  bundle: Bundle,
  candidates: { readonly failed: readonly string[]; readonly full: readonly string[] },
): Fallback | null {
  const byPrecedence = bundle.sections.toSorted(
    (a, b) => rankOf(bundle, a.id) - rankOf(bundle, b.id),
  )
  const specific = byPrecedence.filter((section) => !section.always)
  const among = (sections: readonly Section[], ids?: readonly string[]) =>
    sections.find((section) => section.fallback !== '' && (!ids || ids.includes(section.id)))
  const section =
    among(byPrecedence, candidates.failed) ??
    among(specific, candidates.full) ??
    among(byPrecedence, candidates.full) ??
    among(byPrecedence.filter((one) => one.always)) ??
    among(byPrecedence)
  if (!section) return null
  const refuses = section.response === 'refuse' || section.response === 'escalate'
  const decision = refuses ? 'refuse' : 'safe_complete'
  return { section: section.id, decision, text: section.fallback }
}

/** Where a section stands in the bundle's precedence; the lower, the weightier. */
export function rankOf(bundle: Bundle, id: string): number {
  const rank = bundle.precedence.indexOf(id)
  return rank < 0 ? bundle.precedence.length : rank
}
