/**
 * What people said of a transcript, as a filter: what is bad goes out, and good may be asked for. Pure.
 * Of each person only the latest word counts; a bad one outweighs the good ones of others.
 */
import type { Example, HumanLabel } from '../example.ts'
import type { DropReason, ExampleStage } from '../stage.ts'
import { createFilterStage } from './filter-stage.ts'

export type LabelOptions = {
  /** Only what somebody labelled good. */
  readonly onlyGood: boolean
  /** True where the row shows the answer, so that an overturned decision is no good with the old one. */
  readonly answers: boolean
}

export function createLabelStage(options: LabelOptions): ExampleStage {
  return createFilterStage({
    name: 'labels',
    version: 1,
    faultOf: (example) => faultOf(example, options),
  })
}

function faultOf(
  { labels, chosen }: Example,
  { onlyGood, answers }: LabelOptions,
): DropReason | null {
  const marks = latestByAuthor(labels, ({ kind }) => kind === 'good' || kind === 'bad')
  if (marks.some(({ kind }) => kind === 'bad')) return 'label_bad'
  const isOverturned = labels.some(({ kind }) => kind === 'wrong_decision')
  const isRewritten = chosen.attempt === null && labels.some(({ kind }) => kind === 'edited_answer')
  if (answers && isOverturned && !isRewritten) return 'label_wrong_decision'
  // Who wrote the answer anew vouches for it.
  if (onlyGood && !isRewritten && !marks.some(({ kind }) => kind === 'good')) return 'label_missing'
  return null
}

function latestByAuthor(
  labels: readonly HumanLabel[],
  counts: (label: HumanLabel) => boolean,
): readonly HumanLabel[] {
  const latest = new Map<string, HumanLabel>()
  for (const label of labels.filter(counts)) {
    const earlier = latest.get(label.author)
    if (!earlier || isLater(label, earlier)) latest.set(label.author, label)
  }
  return [...latest.values()]
}

function isLater(one: HumanLabel, other: HumanLabel): boolean {
  return one.time === other.time ? one.id > other.id : one.time > other.time
}
