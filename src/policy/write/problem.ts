/**
 * What is wrong with a policy, for the people who write it: file, line, and what to write instead. Types only, no I/O.
 * Errors bar a policy from use; warnings do not.
 */

/** One file of a policy folder; the path is relative to the folder, with forward slashes. */
export type PolicyFile = {
  readonly path: string
  readonly text: string
  /** The line of its first byte that is no UTF-8; then it has no text that could be read. */
  readonly brokenLine?: number
}

export type Problem = {
  readonly severity: 'error' | 'warning'
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  readonly message: string
  /** The line as it should be, where there is one way to mend it and nothing of its meaning is guessed. */
  readonly mended?: string
}

/** Where something stands in a policy folder. */
export type Place = { readonly file: string; readonly line: number }

export function errorAt(place: Place, message: string, mended: string | null = null): Problem {
  const { file, line } = place
  return { severity: 'error', file, line, message, ...(mended !== null && { mended }) }
}

export function warningAt(place: Place, message: string): Problem {
  return { severity: 'warning', file: place.file, line: place.line, message }
}

/** The order people read problems in: by file, then line. */
export function sortProblems(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted(
    (a, b) => compareText(a.file, b.file) || a.line - b.line || compareText(a.message, b.message),
  )
}

/** By UTF-16 code unit, so that no locale changes an order that a digest depends on. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
