/** Sections as the text models read. Pure; the same section always renders to the same bytes. */
import type { Bundle, Decision, Section } from '../policy/section.ts'

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

/** The ids of every clause of the given sections, in their order. */
export function clauseIds(sections: readonly Section[]): readonly string[] {
  return sections.flatMap((section) => section.clauses.map((clause) => clause.id))
}

function renderSection(section: Section): string {
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
