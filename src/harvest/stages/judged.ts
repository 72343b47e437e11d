/**
 * Step 5, the judge: the lowest score over all samples and channels that count, as in the paper. Pure.
 * For `rl` a verdict that saw the reasoning never counts: what rewards must not read it.
 */
import type { Scores, Verdict } from '../../conversation/outcome.ts'
import type { DropReason, ExampleStage } from '../stage.ts'
import { createFilterStage } from './filter-stage.ts'

export type JudgedOptions = {
  /** How many verdicts of the answer channel there must be. */
  readonly minSamples: number
  readonly minScores: Readonly<Partial<Record<keyof Scores, number | undefined>>>
  /** False where no verdict counts that saw the reasoning. */
  readonly reviews: boolean
  /** True where the policy's own words, which nobody judged, may be chosen: they are better than the drafts they stand for. */
  readonly fallbacks: boolean
}

export function createJudgedStage(options: JudgedOptions): ExampleStage {
  return createFilterStage({
    name: 'judge',
    version: 3,
    faultOf({ chosen, chosenBy }) {
      // Nobody judged what a person wrote.
      const isExempt = chosenBy === 'edit' || (options.fallbacks && chosen.attempt === null)
      if (isExempt) return null
      const verdicts = chosen.attempt?.verdicts ?? []
      return faultOf(verdicts, { ...options, overruled: chosenBy === 'decision' })
    },
  })
}

/** `overruled`: a person found the draft to be right that the reviews held back. */
type Judging = JudgedOptions & { readonly overruled: boolean }

function faultOf(
  all: readonly Verdict[],
  { minSamples, minScores, reviews, overruled }: Judging,
): DropReason | null {
  const verdicts = all.filter(({ sawReasoning }) => reviews || !sawReasoning)
  const answers = verdicts.filter(({ channel }) => channel === 'answer')
  // One verdict can be the lowest of several replies.
  const samples = answers.reduce((total, verdict) => total + (verdict.samples ?? 1), 0)
  if (samples < minSamples) return 'judge_missing'
  if (!overruled && answers.some(({ passed }) => !passed)) return 'judge_failed'
  for (const [name, least] of Object.entries(minScores)) {
    if (least === undefined) continue
    const scores = verdicts
      .map((verdict) => verdict.scores[name as keyof Scores])
      .filter((score) => score !== undefined)
    if (scores.length === 0) return 'judge_missing'
    if (Math.min(...scores) < least) return 'judge_low'
  }
  return null
}
