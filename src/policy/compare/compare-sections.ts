/**
 * What the sections of two bundles say differently: fields, clauses, triggers. Pure.
 * The text under a heading is its clauses and what stands between them; each is told once, in its own place.
 */
import { amountOf, type Steps } from '../../lib/in-turns.ts'
import { canonicalJson } from '../../lib/json.ts'
import type { Clause, Section } from '../section.ts'
import { withoutItems } from '../write/canonical.ts'
import { compareText } from '../write/problem.ts'
import { compareFields, type FieldChange } from './compare-fields.ts'

/** A clause as it stands on one side of a comparison. */
export type ClauseText = Omit<Clause, 'id'>

export type ClauseChange = {
  readonly id: string
  /** `moved`: it stands on another side of the line now; its text may have changed as well. */
  readonly change: 'added' | 'removed' | 'changed' | 'moved'
  /** Null where it is new. */
  readonly from: ClauseText | null
  /** Null where it is gone. */
  readonly to: ClauseText | null
}

export type TriggerChange = {
  readonly added: readonly string[]
  readonly removed: readonly string[]
  /** True where none came or went, and they stand in another order. */
  readonly reordered: boolean
}

export type SectionChange = {
  readonly id: string
  /** As it is now, or was at last. */
  readonly title: string
  readonly change: 'added' | 'removed' | 'changed'
  /** All that is no clause and no trigger, by name: `summary`, `severity`, `fallback`, `style.refuse` … */
  readonly fields: readonly FieldChange[]
  /** By id. */
  readonly clauses: readonly ClauseChange[]
  readonly triggers: TriggerChange
}

const SIDES = ['allowed', 'disallowed', 'safeCompletion'] as const

/** The sections that differ, by id; interrupted after each. */
export function* sectionsInSteps(
  from: readonly Section[],
  to: readonly Section[],
): Steps<readonly SectionChange[]> {
  const before = byId(from)
  const after = byId(to)
  const changes: SectionChange[] = []
  for (const id of unite(before, after)) {
    const [old, now] = [before.get(id) ?? null, after.get(id) ?? null]
    const change = compareSection(old, now)
    if (change) changes.push(change)
    yield amountOf(lengthOf(old) + lengthOf(now))
  }
  return changes
}

function lengthOf(section: Section | null): number {
  if (!section) return 0
  const texts = [...SIDES.map((side) => section[side]), section.summary, ...section.triggers]
  return texts.reduce((sum, text) => sum + text.length, texts.length)
}

function compareSection(from: Section | null, to: Section | null): SectionChange | null {
  const section = to ?? from
  if (!section) return null
  const { id, title } = section
  const clauses = compareClauses(from?.clauses ?? [], to?.clauses ?? [])
  const triggers = compareTriggers(from?.triggers ?? [], to?.triggers ?? [])
  const fields = compareFields(fieldsOf(from, to), fieldsOf(to, from))
  if (!from || !to) {
    return { id, title, change: from ? 'removed' : 'added', fields, clauses, triggers }
  }
  const told = [fields, clauses, triggers.added, triggers.removed].some((list) => list.length > 0)
  if (told || triggers.reordered) return { id, title, change: 'changed', fields, clauses, triggers }
  if (canonicalJson(from) === canonicalJson(to)) return null
  // The same clauses and texts, laid out otherwise: then the whole text under a heading is all that differs.
  const layout = compareFields(layoutOf(from), layoutOf(to))
  return { id, title, change: 'changed', fields: layout, clauses, triggers }
}

/** Empty texts and lists are left out: of what came or went only what it says is told. */
function fieldsOf(section: Section | null, other: Section | null): object {
  if (!section) return {}
  const { id: _id, clauses, triggers: _triggers, ...fields } = section
  const [allowed, disallowed, safeCompletion] = SIDES.map((side) => withoutItems(section[side]))
  const ids = new Set(other?.clauses.map((clause) => clause.id))
  const clauseOrder = clauses.map(({ id }) => id).filter((id) => ids.has(id))
  const all = { ...fields, allowed, disallowed, safeCompletion, clauseOrder }
  return Object.fromEntries(
    Object.entries(all).filter(
      ([, value]) => !((typeof value === 'string' || Array.isArray(value)) && value.length === 0),
    ),
  )
}

function layoutOf(section: Section): object {
  return Object.fromEntries(SIDES.map((side) => [side, section[side]]))
}

function compareClauses(from: readonly Clause[], to: readonly Clause[]): readonly ClauseChange[] {
  const before = byId(from)
  const after = byId(to)
  return unite(before, after).flatMap((id) => {
    const old = textOf(before.get(id))
    const now = textOf(after.get(id))
    if (!old || !now) return { id, change: old ? 'removed' : 'added', from: old, to: now }
    if (old.side !== now.side) return { id, change: 'moved', from: old, to: now }
    return old.text === now.text ? [] : { id, change: 'changed', from: old, to: now }
  })
}

function textOf(clause: Clause | undefined): ClauseText | null {
  return clause ? { side: clause.side, text: clause.text } : null
}

function compareTriggers(from: readonly string[], to: readonly string[]): TriggerChange {
  const [before, after] = [new Set(from), new Set(to)]
  const added = to.filter((trigger) => !before.has(trigger))
  const removed = from.filter((trigger) => !after.has(trigger))
  const kept = added.length + removed.length === 0
  return { added, removed, reordered: kept && canonicalJson(from) !== canonicalJson(to) }
}

function byId<Item extends { readonly id: string }>(
  items: readonly Item[],
): ReadonlyMap<string, Item> {
  return new Map(items.map((item) => [item.id, item]))
}

function unite(
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].sort(compareIds)
}

/** `SHM2` before `SHM10`. */
function compareIds(a: string, b: string): number {
  const one = withoutNumber(a)
  const other = withoutNumber(b)
  const [numberA, numberB] = [a.slice(one.length), b.slice(other.length)]
  return compareText(one, other) || Number(numberA) - Number(numberB) || compareText(a, b)
}

function withoutNumber(id: string): string {
  return id.replace(/(?<!\d)\d+$/, '')
}
