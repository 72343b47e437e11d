/**
 * Adds up what a backtest finds: sections that come up or leave, decisions that change, what could not be looked at. Pure.
 * Its memory depends on sections and reasons, never on the number of transcripts. Without human labels it knows nothing of
 * right or wrong: it tells how often a policy would fire, and never a rate of false alarms.
 */
import type { Counts } from '../../harvest/export/tally.ts'
import { createLines } from '../../harvest/stats/stats-lines.ts'
import { createCounter } from './counters.ts'
import { createExamples, type ExampleList, type Examples } from './examples.ts'
import type { SkipReason } from './logged.ts'
import type { Replayed } from './replay.ts'
import { type JudgingFigures, JudgingTally } from './tally-judging.ts'

/** What became of one transcript. */
export type Finished =
  | ({ readonly kind: 'replayed'; readonly id: string; readonly labelled: boolean } & Replayed)
  | { readonly kind: 'skipped'; readonly id: string; readonly reason: SkipReason }

export type SelectionFigures = {
  readonly section: string
  /** In how many conversations it stands in full. */
  readonly from: number
  readonly to: number
  readonly cameUp: Examples
  readonly left: Examples
}

export type BacktestFigures = {
  readonly replayed: number
  readonly skipped: Counts
  /** Transcripts that people have labelled. */
  readonly labelled: number
  readonly selection: {
    /** Conversations for which other sections stand in full. */
    readonly changed: number
    readonly sections: readonly SelectionFigures[]
  }
  /** Null where no judge was asked. */
  readonly judging: JudgingFigures | null
}

export type Tally = { add(finished: Finished): void; read(): BacktestFigures }

export function createTally(options: {
  readonly examples: number
  readonly judged: boolean
}): Tally {
  const selection = createSelectionTally(options.examples)
  const judging = new JudgingTally(options.examples)
  const skipped = createCounter()
  let replayed = 0
  let labelled = 0
  return {
    add(finished) {
      if (finished.kind === 'skipped') {
        skipped.add(finished.reason)
        return
      }
      replayed++
      if (finished.labelled) labelled++
      selection.add(finished.id, finished.selected)
      judging.add(finished.id, finished.judged)
    },
    read: () => ({
      replayed,
      skipped: skipped.read(),
      labelled,
      selection: selection.read(),
      judging: options.judged ? judging.read() : null,
    }),
  }
}

function createSelectionTally(max: number) {
  type Line = { from: number; to: number; readonly cameUp: ExampleList; readonly left: ExampleList }
  const sections = createLines<Line>(() => {
    return { from: 0, to: 0, cameUp: createExamples(max), left: createExamples(max) }
  })
  let changed = 0
  return {
    add(id: string, { from, to }: Replayed['selected']): void {
      let isChanged = false
      for (const section of new Set([...from, ...to])) {
        const line = sections.at(section)
        const [before, after] = [from.includes(section), to.includes(section)]
        if (before) line.from++
        if (after) line.to++
        if (before === after) continue
        isChanged = true
        line[after ? 'cameUp' : 'left'].add(id)
      }
      if (isChanged) changed++
    },
    read: (): BacktestFigures['selection'] => ({
      changed,
      sections: sections.all().map(([section, { from, to, cameUp, left }]) => {
        return { section, from, to, cameUp: cameUp.read(), left: left.read() }
      }),
    }),
  }
}
