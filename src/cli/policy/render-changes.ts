/** What a comparison of two policies comes to, a line for each section: for somebody who is about to sign. Pure. */
import type { PolicyDiff } from '../../policy/compare/compare.ts'
import type { SectionChange } from '../../policy/compare/compare-sections.ts'

export function renderChanges(diff: PolicyDiff): readonly string[] {
  if (diff.same) return ['none: it says the same']
  const { settings, precedence, sections, styles } = diff
  return [
    ...named(
      'settings',
      settings.map(({ path }) => path),
    ),
    ...named(
      'precedence',
      precedence.map(({ section }) => section),
    ),
    ...sections.map(renderSection),
    ...named(
      'styles',
      styles.map(({ path }) => path),
    ),
  ]
}

function named(what: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${what}: ${names.join(', ')}`]
}

function renderSection({ id, change, clauses, fields, triggers }: SectionChange): string {
  if (change !== 'changed') return `${id}: ${change}`
  const { added, removed, reordered } = triggers
  const parts = [
    ...clauses.map((clause) => `${clause.id} ${clause.change}`),
    ...fields.map(({ path }) => path),
    ...(added.length + removed.length > 0 || reordered ? ['triggers'] : []),
  ]
  return `${id}: ${parts.join(', ')}`
}
