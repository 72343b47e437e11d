/**
 * Asks the selector which sections matter to a conversation, or to a conversation and a draft of its answer.
 * I/O only if the selector has any. When the selector fails, the summaries and the sections marked `always` stand in, never nothing.
 */
import { type Turn, turnText } from '../conversation/turn.ts'
import type { Bundle, Section } from '../policy/section.ts'
import type { Selection, SelectionQuery, Selector } from '../policy/select/selection.ts'

export async function select(
  selector: Selector,
  options: {
    readonly turns: readonly Turn[]
    /** The text of a draft's answer; null before there is one. */
    readonly draft: string | null
    readonly bundle: Bundle
    readonly signal: AbortSignal
  },
): Promise<Selection> {
  const { turns, draft, bundle, signal } = options
  const result = await selector.select(queryOf(turns, draft), bundle, signal)
  return result.ok ? result.value : summariesOnly(bundle, result.failure.reason)
}

/** The same selection with the named sections in full. */
export function addLabelled(selection: Selection, labelled: readonly string[]): Selection {
  if (labelled.length === 0) return selection
  const sections = selection.sections.map((one) =>
    labelled.includes(one.section.id) && !one.full ? { ...one, full: true, reason: 'label' } : one,
  )
  return { ...selection, sections }
}

/** The sections given in full, in the bundle's order. */
export function fullSections(selection: Selection): readonly Section[] {
  return selection.sections.filter(({ full }) => full).map(({ section }) => section)
}

/** The ids of every clause of the given sections, in their order. */
export function clauseIds(sections: readonly Section[]): readonly string[] {
  return sections.flatMap((section) => section.clauses.map((clause) => clause.id))
}

/** All the given sections, each once, in the bundle's order; ids the bundle does not know are left out. */
export function unite(
  bundle: Bundle,
  ...lists: readonly (readonly string[])[]
): readonly Section[] {
  const ids = new Set(lists.flat())
  return bundle.sections.filter((section) => ids.has(section.id))
}

/** The weightiest last: earlier turns, the last user turn, the draft. */
function queryOf(turns: readonly Turn[], draft: string | null): SelectionQuery {
  const last = turns.findLastIndex((turn) => turn.role === 'user')
  const lastTurn = turns[last]
  const ordered = lastTurn ? [...turns.toSpliced(last, 1), lastTurn] : turns
  const texts = ordered.map((turn) => ({ role: turn.role, text: selectableText(turn) }))
  return { texts: draft === null ? texts : [...texts, { role: 'assistant', text: draft }] }
}

function selectableText(turn: Turn): string {
  const calls = (turn.toolCalls ?? []).map((call) => `${call.name} ${call.arguments}`)
  return [turnText(turn), ...calls].filter((text) => text !== '').join('\n')
}

function summariesOnly(bundle: Bundle, reason: string): Selection {
  return {
    sections: bundle.sections.map((section) => ({
      section,
      score: section.always ? 1 : 0,
      reason: section.always ? 'always' : reason,
      full: section.always,
    })),
    fallback: reason,
  }
}
