/**
 * The port of selection: which sections of a bundle matter to a conversation, each with its reason. Types only.
 * A selector may fail or be unsure; the caller then falls back to the summaries, never to nothing.
 */
import type { Result } from '../../lib/result.ts'
import type { Bundle, Section } from '../section.ts'

/** Text to select by, the weightiest last: earlier turns, then the last user turn (and the draft, for the judge). */
export type SelectionQuery = {
  readonly texts: readonly { readonly role: string; readonly text: string }[]
}

export type SelectedSection = {
  readonly section: Section
  /** 0 to 1. */
  readonly score: number
  /** Why, for people: the terms that matched, `always`, or `overrides SHM`. */
  readonly reason: string
  /** True: injected in full; false: its summary only. */
  readonly full: boolean
}

export type Selection = {
  /** Every section of the bundle, in the bundle's order. */
  readonly sections: readonly SelectedSection[]
  /** Set when the selector failed and the summaries alone stand in. */
  readonly fallback?: string
}

export type SelectionFailure = { readonly reason: 'selection_failed'; readonly detail: string }

export interface Selector {
  select(
    query: SelectionQuery,
    bundle: Bundle,
    signal: AbortSignal,
  ): Result<Selection, SelectionFailure> | Promise<Result<Selection, SelectionFailure>>
}
