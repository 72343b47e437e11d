/**
 * Adds up the verdicts of a backtest: which decisions change, by which sections, and where no verdict came. Pure.
 * A draft is compared only where there is a verdict under both bundles: a failure of the judge is no decision.
 */
import type { Counts } from '../../harvest/export/tally.ts'
import { createLines } from '../../harvest/stats/stats-lines.ts'
import { createCounter } from './counters.ts'
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

type Line = {
  from: number
  to: number
  readonly nowFails: ExampleList
  readonly nowPasses: ExampleList
}

export class JudgingTally {
  readonly #lines: ReturnType<typeof createLines<Line>>
  readonly #failures = { from: createCounter(), to: createCounter() }
  readonly #models = { from: createCounter(), to: createCounter() }
  readonly #sources = createCounter()
  readonly #otherGrounds: ExampleList
  readonly #counts = { compared: 0, withoutDraft: 0, nowFails: 0, nowPasses: 0 }
  readonly #failing = { from: 0, to: 0 }

  /** `examples`: so many ids for each line. */
  constructor(examples: number) {
    this.#otherGrounds = createExamples(examples)
    this.#lines = createLines<Line>(() => {
      const [nowFails, nowPasses] = [createExamples(examples), createExamples(examples)]
      return { from: 0, to: 0, nowFails, nowPasses }
    })
  }

  add(id: string, judged: Replayed['judged']): void {
    if (!judged) {
      this.#counts.withoutDraft++
      return
    }
    this.#addSide('from', judged.from)
    this.#addSide('to', judged.to)
    this.#compare(id, judged)
  }

  #addSide(side: 'from' | 'to', found: Side): void {
    if (found.kind === 'failure') this.#failures[side].add(found.reason)
    else {
      this.#models[side].add(found.model)
      this.#sources.add(found.source)
    }
  }

  #compare(id: string, { from, to }: { readonly from: Side; readonly to: Side }): void {
    if (from.kind === 'failure' || to.kind === 'failure') return
    this.#counts.compared++
    if (!from.passed) this.#failing.from++
    if (!to.passed) this.#failing.to++
    for (const ground of from.grounds) this.#lines.at(ground).from++
    for (const ground of to.grounds) this.#lines.at(ground).to++
    if (from.passed && !to.passed) {
      this.#counts.nowFails++
      for (const ground of to.grounds) this.#lines.at(ground).nowFails.add(id)
    } else if (!from.passed && to.passed) {
      this.#counts.nowPasses++
      for (const ground of from.grounds) this.#lines.at(ground).nowPasses.add(id)
    } else if (from.grounds.toSorted().join() !== to.grounds.toSorted().join()) {
      this.#otherGrounds.add(id)
    }
  }

  read(): JudgingFigures {
    const both = (counters: Record<'from' | 'to', ReturnType<typeof createCounter>>) => {
      return { from: counters.from.read(), to: counters.to.read() }
    }
    return {
      ...this.#counts,
      failing: { ...this.#failing },
      otherGrounds: this.#otherGrounds.read(),
      grounds: this.#lines.all().map(([ground, { from, to, nowFails, nowPasses }]) => {
        return { ground, from, to, nowFails: nowFails.read(), nowPasses: nowPasses.read() }
      }),
      failures: both(this.#failures),
      sources: this.#sources.read(),
      models: both(this.#models),
    }
  }
}
