/**
 * Whether two bundles put the same question to a judge about a draft. Pure.
 * Where they do, asking twice would measure the judge's own wavering and nothing of the policies.
 */
import { canonicalJson } from '../../lib/json.ts'
import { renderSections, renderStyles, renderSummaries } from '../../policy/render.ts'
import type { Bundle, Section } from '../../policy/section.ts'

/** A bundle, and the sections it gives in full about one draft. */
export type ShownPolicy = { readonly bundle: Bundle; readonly sections: readonly Section[] }

export function asksTheSame(from: ShownPolicy, to: ShownPolicy): boolean {
  return (
    canonicalJson(from.bundle.judge) === canonicalJson(to.bundle.judge) &&
    severitiesOf(from) === severitiesOf(to) &&
    renderSections(from.sections) === renderSections(to.sections) &&
    renderSummaries(from.bundle) === renderSummaries(to.bundle) &&
    canonicalJson(renderStyles(from.bundle, from.sections)) ===
      canonicalJson(renderStyles(to.bundle, to.sections))
  )
}

/** What a violation weighs is computed from the bundle, and stands in no prompt. */
function severitiesOf({ sections }: ShownPolicy): string {
  return sections.map(({ id, severity }) => `${id} ${severity}`).join('\n')
}
