/** What has come of a batch so far, in numbers: kept as it goes, and small however long it is. Pure. */
import type { BatchStateLine } from './state.ts'

export type BatchFigures = {
  readonly done: number
  /** By outcome. */
  readonly outcomes: Readonly<Record<string, number>>
  /** Of failed prompts, by class. */
  readonly failures: Readonly<Record<string, number>>
  /** Of everything that was spent, tries that led to nothing included. */
  readonly tokens: number
  readonly lostTokens: number
}

export type BatchTally = {
  add(line: BatchStateLine): void
  /** True for a line that is done with. */
  has(line: number): boolean
  read(): BatchFigures
}

export function createBatchTally(lines: number): BatchTally {
  // A bit a line: a million of them are 125 KB.
  const finished = new Uint8Array(Math.ceil((lines + 1) / 8))
  const outcomes: Record<string, number> = {}
  const failures: Record<string, number> = {}
  let [done, tokens, lostTokens] = [0, 0, 0]
  const has = (line: number) => ((finished[line >> 3] ?? 0) & (1 << (line & 7))) !== 0
  return {
    has,
    add(one) {
      if ('lost' in one) {
        tokens += one.lost
        lostTokens += one.lost
        return
      }
      if (has(one.line) || one.line > lines) return
      finished[one.line >> 3] = (finished[one.line >> 3] ?? 0) | (1 << (one.line & 7))
      done++
      tokens += one.tokens
      outcomes[one.outcome] = (outcomes[one.outcome] ?? 0) + 1
      if (one.outcome !== 'failed') return
      const reason = one.reason ?? 'unknown'
      failures[reason] = (failures[reason] ?? 0) + 1
    },
    read: () => ({
      done,
      outcomes: { ...outcomes },
      failures: { ...failures },
      tokens,
      lostTokens,
    }),
  }
}
