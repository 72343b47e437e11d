/**
 * The words of evaluation sets, to find them again in examples: runs of 13 words, and shorter texts whole. Deterministic.
 * Bounded: 12 bytes a run, and an index that is full says so instead of forgetting.
 */
import { fingerprint } from '../../text/fingerprint.ts'
import { createNumberIndex } from '../../text/number-index.ts'
import { createRunIndex } from '../../text/run-index.ts'
import { joinedWords, printsOf } from '../../text/words.ts'

/** A run of so many words in common is no chance. */
const RUN_WORDS = 13

/** Shorter texts are names and labels, and not what a model is tried with. */
const LEAST_WORDS = 4

/** About 100 MB. */
export const MAX_RUNS = 4_000_000

export type EvaluationIndex = {
  /** How many runs and short texts are in it. */
  readonly size: number
  /** Learns a text; false: the index is full, and the text is not in it as a whole. */
  add(text: string): boolean
  /** True for a text that holds a run of an evaluation's, or is one of its short texts. */
  overlaps(text: string): boolean
}

export function createEvaluationIndex(maxRuns: number = MAX_RUNS): EvaluationIndex {
  const runs = createRunIndex(RUN_WORDS)
  const short = createNumberIndex()
  const isFull = () => runs.size + short.size >= maxRuns
  return {
    get size() {
      return runs.size + short.size
    },
    add(text) {
      const words = joinedWords(text)
      const prints = printsOf(words)
      if (prints.length < LEAST_WORDS) return true
      if (prints.length >= RUN_WORDS) return runs.add(prints, () => !isFull())
      if (isFull()) return false
      short.place(fingerprint(words))
      return true
    },
    overlaps(text) {
      const words = joinedWords(text)
      const prints = printsOf(words)
      if (prints.length >= RUN_WORDS) return runs.overlaps(prints)
      return prints.length >= LEAST_WORDS && short.has(fingerprint(words))
    },
  }
}
