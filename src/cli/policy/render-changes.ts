/** What a comparison of two policies comes to, for somebody who is about to sign or only looks. Pure. */
import type { PolicyDiff } from '../../policy/compare/compare.ts'
import type { SectionChange } from '../../policy/compare/compare-sections.ts'
import { type Marks, PLAIN_MARKS } from '../../policy/compare/render-diff.ts'
import type { Io } from '../shell/io.ts'
import { marksFor } from '../shell/marks.ts'

/** Words are bracketed on a terminal, too: not everybody tells red from green. */
export function diffMarks(io: Io): Marks {
  const { bad, good, heading } = marksFor(io, 'stdout')
  return {
    removed: (text) => bad(PLAIN_MARKS.removed(text)),
    added: (text) => good(PLAIN_MARKS.added(text)),
    heading,
  }
}

/** A line for each section. */
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
