/**
 * What people's labels come to: the latest word of each, and which of them governs. Pure. A human label outweighs what a review
 * found, and people who differ outweigh nobody.
 */
import type { Decision } from '../policy/section.ts'
import type { HumanLabel } from '../transcript/record/label.ts'

export type RightDecision = { readonly decision: Decision; readonly clauses: readonly string[] }

/** The decision that should have been taken; null where nobody overturned one. Two people may name two. */
export function rightDecision(labels: readonly HumanLabel[]): RightDecision | 'disputed' | null {
  const words = latestWords(labels, ['wrong_decision'])
  const [latest] = words
  if (!latest || latest.decision === null) return null
  const { decision, clauses } = latest
  return words.every((one) => one.decision === decision) ? { decision, clauses } : 'disputed'
}

/** The latest answer that a person wrote instead of the one that was released. */
export function latestEdit(labels: readonly HumanLabel[]): HumanLabel | null {
  const edits = labels.filter(({ kind, answer }) => kind === 'edited_answer' && answer !== null)
  return edits.toSorted(byTime).at(-1) ?? null
}

/** Of the answer: bad if that is anybody's latest word. What was said before an edit was of the answer that it replaced. */
export function markOf(
  labels: readonly HumanLabel[],
  after: HumanLabel | null = null,
): 'good' | 'bad' | null {
  const said = after === null ? labels : labels.filter((one) => byTime(after, one) < 0)
  const marks = latestWords(said, ['good', 'bad'])
  if (marks.some(({ kind }) => kind === 'bad')) return 'bad'
  return marks.length > 0 ? 'good' : null
}

/** Of each person the latest word of these kinds, the latest of all first. */
function latestWords(
  labels: readonly HumanLabel[],
  kinds: readonly HumanLabel['kind'][],
): readonly HumanLabel[] {
  const latest = new Map<string, HumanLabel>()
  const words = labels.filter(({ kind }) => kinds.includes(kind))
  for (const label of words.toSorted(byTime)) latest.set(label.author, label)
  return [...latest.values()].sort((one, other) => byTime(other, one))
}

function byTime(one: HumanLabel, other: HumanLabel): number {
  return one.time - other.time || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0)
}
