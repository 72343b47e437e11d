/**
 * Adds up the verdicts of a backtest: which decisions change, by which sections, and where no verdict came. Pure.
 * A draft is compared only where there is a verdict under both bundles: a failure of the judge is no decision.
 */
import { type Counts, createCounter, createLines } from './counters.ts'
import { createExamples, type ExampleList, type Examples } from './examples.ts'
import type { Replayed, Side } from './replay.ts'

export type GroundFigures = {
  /** A section, or another class of reason. */
  readonly ground: string
  /** How many of the compared drafts fail by it. */
  readonly from: number
  readonly to: number
  /** Drafts that passed, and now fail by it. */
  readonly nowFails: Examples
  /** Drafts that failed by it, and now pass. */
  readonly nowPasses: Examples
}

export type JudgingFigures = {
  /** Drafts with a verdict under both. */
  readonly compared: number
  /** Transcripts without a draft that had been judged. */
  readonly withoutDraft: number
  readonly failing: { readonly from: number; readonly to: number }
  readonly nowFails: number
  readonly nowPasses: number
  /** Drafts that fail under both, by other sections. */
  readonly otherGrounds: Examples
  readonly grounds: readonly GroundFigures[]
  /** Why there was no verdict, by class. */
  readonly failures: { readonly from: Counts; readonly to: Counts }
  /** Where the verdicts came from. */
  readonly sources: Counts
  /** Which models gave them. */
  readonly models: { readonly from: Counts; readonly to: Counts }
}

export function createJudgingTally(max: number) {
  type Line = {
    from: number
    to: number
    readonly nowFails: ExampleList
    readonly nowPasses: ExampleList
  }
  const grounds = createLines<Line>(() => {
    return { from: 0, to: 0, nowFails: createExamples(max), nowPasses: createExamples(max) }
  })
  const failures = { from: createCounter(), to: createCounter() }
  const models = { from: createCounter(), to: createCounter() }
  const sources = createCounter()
  const otherGrounds = createExamples(max)
  const counts = { compared: 0, withoutDraft: 0, nowFails: 0, nowPasses: 0 }
  const failing = { from: 0, to: 0 }

  const note = (side: 'from' | 'to', found: Side): void => {
    if (found.kind === 'failure') failures[side].add(found.reason)
    else {
      models[side].add(found.model)
      sources.add(found.source)
    }
  }

  const compare = (id: string, from: Side, to: Side): void => {
    if (from.kind === 'failure' || to.kind === 'failure') return
    counts.compared++
    if (!from.passed) failing.from++
    if (!to.passed) failing.to++
    for (const ground of from.grounds) grounds.at(ground).from++
    for (const ground of to.grounds) grounds.at(ground).to++
    if (from.passed && !to.passed) {
      counts.nowFails++
      for (const ground of to.grounds) grounds.at(ground).nowFails.add(id)
    } else if (!from.passed && to.passed) {
      counts.nowPasses++
      for (const ground of from.grounds) grounds.at(ground).nowPasses.add(id)
    } else if (from.grounds.toSorted().join() !== to.grounds.toSorted().join()) {
      otherGrounds.add(id)
    }
  }

  return {
    add(id: string, judged: Replayed['judged']): void {
      if (!judged) {
        counts.withoutDraft++
        return
      }
      note('from', judged.from)
      note('to', judged.to)
      compare(id, judged.from, judged.to)
    },
    read: (): JudgingFigures => ({
      ...counts,
      failing: { ...failing },
      otherGrounds: otherGrounds.read(),
      grounds: grounds.all().map(([ground, { from, to, nowFails, nowPasses }]) => {
        return { ground, from, to, nowFails: nowFails.read(), nowPasses: nowPasses.read() }
      }),
      failures: { from: failures.from.read(), to: failures.to.read() },
      sources: sources.read(),
      models: { from: models.from.read(), to: models.to.read() },
    }),
  }
}
