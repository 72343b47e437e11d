/**
 * A comparison of two policies as text for a terminal. Pure; colours are the caller's, so that a file gets none.
 * Whatever the texts hold, nothing of it steers the terminal.
 */
import type { JsonValue } from '../../lib/json.ts'
import { printable } from '../../text/printable.ts'
import type { BundleName, PolicyDiff } from './compare.ts'
import type { FieldChange } from './compare-fields.ts'
import type { ClauseChange, SectionChange } from './compare-sections.ts'
import type { PrecedenceMove } from './precedence-moves.ts'
import { wordChanges } from './word-changes.ts'

/** How what went, what came and a heading are shown. */
export type Marks = {
  readonly removed: (text: string) => string
  readonly added: (text: string) => string
  readonly heading: (text: string) => string
}

/** For files and pipes: as `git diff --word-diff` writes it. */
export const PLAIN_MARKS: Marks = {
  removed: (text) => `[-${text}-]`,
  added: (text) => `{+${text}+}`,
  heading: (text) => text,
}

const SHOWN_DIGEST = 12

export function renderDiff(diff: PolicyDiff, marks: Marks = PLAIN_MARKS): string {
  const { settings, precedence, sections, styles } = diff
  const lines = [
    marks.heading(
      `${diff.from ? renderBundleName(diff.from) : 'nothing'} → ${renderBundleName(diff.to)}`,
    ),
    ...summary(diff),
    ...(diff.same ? ['Both say the same'] : []),
    ...block(marks, 'Settings', settings.flatMap(renderField)),
    ...block(marks, 'Precedence, the weightiest first', precedence.map(renderMove)),
    ...sections.flatMap((section) => renderSectionChange(section, marks)),
    ...block(marks, 'Styles', styles.flatMap(renderField)),
  ]
  return `${lines.join('\n')}\n`

  function renderField(change: FieldChange): readonly string[] {
    return renderFieldChange(change, marks)
  }
}

/** Of a policy beside nothing or beside another one: which sections are whose. */
function summary({ from, to, sections }: PolicyDiff): readonly string[] {
  if (from?.id === to.id) return []
  const idsOf = (wanted: SectionChange['change']) =>
    sections.filter(({ change }) => change === wanted).map(({ id }) => id)
  const told = (what: string, ids: readonly string[]) =>
    ids.length === 0 ? [] : [`${what}: ${ids.join(', ')}`]
  if (!from) return told(`A new policy: all of ${to.id} is new. Sections`, idsOf('added'))
  return [
    'Two policies: their sections are compared by id',
    ...told(`New in ${to.id}`, idsOf('added')),
    ...told(`Only in ${from.id}`, idsOf('removed')),
    ...told('In both, and different', idsOf('changed')),
  ]
}

/** As in `default@3f9a…`, with the revision's number where it has one. */
export function renderBundleName({ id, digest, revision }: BundleName): string {
  const number = revision > 0 ? ` (revision ${revision})` : ''
  return `${id}@${digest.slice(0, SHOWN_DIGEST)}${number}`
}

function block(marks: Marks, title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', marks.heading(title), ...lines]
}

function renderSectionChange(section: SectionChange, marks: Marks): readonly string[] {
  const { id, title, change, fields, clauses, triggers } = section
  const { added, removed, reordered } = triggers
  const listed = (texts: readonly string[]) =>
    texts.map((text) => `"${printable(text)}"`).join(', ')
  const state = change === 'changed' ? '' : ` (${change})`
  return block(marks, `${id} ${printable(title)}${state}`, [
    ...clauses.flatMap((clause) => renderClause(clause, marks)),
    ...fields.flatMap((field) => renderFieldChange(field, marks)),
    ...(removed.length > 0 ? [`  triggers: ${marks.removed(listed(removed))}`] : []),
    ...(added.length > 0 ? [`  triggers: ${marks.added(listed(added))}`] : []),
    ...(reordered ? ['  triggers: the same in another order'] : []),
  ])
}

function renderClause({ id, change, from, to }: ClauseChange, marks: Marks): readonly string[] {
  const sides =
    change === 'moved'
      ? `moved from ${wordsOf(from?.side)} to ${wordsOf(to?.side)}`
      : `${change}, ${wordsOf((to ?? from)?.side)}`
  return [`  ${id} (${sides}):`, ...indent(renderTexts(from?.text ?? '', to?.text ?? '', marks))]
}

function renderFieldChange({ path, from, to }: FieldChange, marks: Marks): readonly string[] {
  if (isProse(from) && isProse(to) && (isLong(from) || isLong(to))) {
    return [`  ${path}:`, ...indent(renderTexts(from ?? '', to ?? '', marks))]
  }
  const before = from === null ? '' : marks.removed(renderValue(from))
  const after = to === null ? '' : marks.added(renderValue(to))
  return [`  ${path}: ${[before, after].filter((text) => text !== '').join(' ')}`]
}

function renderMove({ section, from, to, gained, lost }: PrecedenceMove): string {
  if (from === null) return `  ${section}: new, at ${to}`
  if (to === null) return `  ${section}: gone, was at ${from}`
  const effects = [
    ...(gained.length > 0 ? [`now prevails over ${gained.join(', ')}`] : []),
    ...(lost.length > 0 ? [`now yields to ${lost.join(', ')}`] : []),
  ]
  return `  ${section}: ${from} → ${to}, ${effects.join('; ')}`
}

function renderTexts(from: string, to: string, marks: Marks): string {
  return wordChanges(printable(from), printable(to))
    .map(({ kind, text }) => (kind === 'same' ? text : marks[kind](text)))
    .join('')
}

function indent(text: string): readonly string[] {
  return text.split('\n').map((line) => (line === '' ? '' : `      ${line}`))
}

function renderValue(value: JsonValue): string {
  return printable(typeof value === 'string' ? value : JSON.stringify(value))
}

function isProse(value: JsonValue): value is string | null {
  return value === null || typeof value === 'string'
}

/** More than a word: worth a line of its own and marks within. */
function isLong(value: string | null): boolean {
  return value !== null && /\s/.test(value)
}

function wordsOf(side = ''): string {
  return side.replace('_', ' ')
}
