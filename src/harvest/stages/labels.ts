/**
 * What people said of a transcript, as a filter: what is bad goes out, and good may be asked for. Pure.
 * Of each person only the latest word counts; a bad one outweighs the good ones of others. Where rows carry a verdict of their
 * own, people's words become that verdict, and drop nothing.
 */
import type { Example } from '../example.ts'
import { correctedDecision, latestEdit, ratingOf } from '../human-labels.ts'
import type { DropReason, ExampleStage } from '../stage.ts'
import { createFilterStage } from './filter-stage.ts'

export type LabelOptions = {
  /** Only what somebody labelled good. */
  readonly onlyGood: boolean
  /** What rows show: an answer to be learnt, a verdict on one, a prompt with the right decision, or what happened. */
  readonly shows: 'answer' | 'verdict' | 'prompt' | 'record'
}

export function createLabelStage(options: LabelOptions): ExampleStage {
  return createFilterStage({
    name: 'labels',
    version: 2,
    faultOf: (example) => faultOf(example, options),
  })
}

function faultOf(
  { labels, chosenBy }: Example,
  { onlyGood, shows }: LabelOptions,
): DropReason | null {
  const isRewritten = chosenBy === 'edit'
  const mark = ratingOf(labels, isRewritten ? latestEdit(labels) : null)
  const right = correctedDecision(labels)
  if (shows === 'answer') {
    if (mark === 'bad') return 'label_bad'
    if (right !== null && chosenBy === 'gateway') return 'label_wrong_decision'
  }
  if (shows === 'prompt') {
    if (mark === 'bad') return 'label_bad'
    if (right === 'disputed') return 'label_disputed'
  }
  // Who wrote the answer anew vouches for it.
  if (onlyGood && !isRewritten && mark !== 'good') return 'label_missing'
  return null
}
