/**
 * What people's labels come to: the latest label of each, and which of them governs. Pure. A human label outweighs what a review
 * found, and people who differ outweigh nobody.
 */
import type { Decision } from '../policy/section.ts'
import type { HumanLabel } from '../transcript/record/label.ts'

export type CorrectedDecision = { readonly decision: Decision; readonly clauses: readonly string[] }

/** The decision that should have been taken; null where nobody overturned one. Two people may name two. */
export function correctedDecision(
  labels: readonly HumanLabel[],
): CorrectedDecision | 'disputed' | null {
  const corrections = latestLabels(labels, ['wrong_decision'])
  const [latest] = corrections
  if (!latest || latest.decision === null) return null
  const { decision, clauses } = latest
  return corrections.every((one) => one.decision === decision) ? { decision, clauses } : 'disputed'
}

/** The latest answer that a person wrote instead of the one that was released. */
export function latestEdit(labels: readonly HumanLabel[]): HumanLabel | null {
  const edits = labels.filter(({ kind, answer }) => kind === 'edited_answer' && answer !== null)
  return edits.toSorted(byTime).at(-1) ?? null
}

/** Of the answer: bad if that is anybody's latest label. What was labelled before an edit was of the answer that it replaced. */
export function ratingOf(
  labels: readonly HumanLabel[],
  after: HumanLabel | null = null,
): 'good' | 'bad' | null {
  const later = after === null ? labels : labels.filter((one) => byTime(after, one) < 0)
  const ratings = latestLabels(later, ['good', 'bad'])
  if (ratings.some(({ kind }) => kind === 'bad')) return 'bad'
  return ratings.length > 0 ? 'good' : null
}

/** Of each person the latest label of these kinds, the latest of all first. */
function latestLabels(
  labels: readonly HumanLabel[],
  kinds: readonly HumanLabel['kind'][],
): readonly HumanLabel[] {
  const latest = new Map<string, HumanLabel>()
  const such = labels.filter(({ kind }) => kinds.includes(kind))
  for (const label of such.toSorted(byTime)) latest.set(label.author, label)
  return [...latest.values()].sort((one, other) => byTime(other, one))
}

function byTime(one: HumanLabel, other: HumanLabel): number {
  return one.time - other.time || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0)
}
