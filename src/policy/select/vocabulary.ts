/**
 * The words of a bundle as it is indexed: each gets a number, under which the index keeps what it says. Pure; it holds no text of any
 * request.
 */
import { foldForSelection } from '../../text/fold.ts'
import { scanWords, segmentRun } from '../../text/scan-words.ts'
import { stem } from '../../text/stem.ts'

/** Numbers for the words of a bundle: each with its stem, and the words of scripts without word boundaries by themselves. */
export class Vocabulary {
  readonly words = new Map<string, number>()
  readonly runs = new Map<string, number>()
  readonly segmenter = new Intl.Segmenter(undefined, { granularity: 'word' })
  longestRun = 0
  /** How many terms there are. */
  size = 0

  wordTerm(word: string): number {
    const root = stem(word)
    const term = this.words.get(word) ?? this.words.get(root) ?? this.size++
    if (!this.words.has(word)) this.words.set(word, term)
    if (!this.words.has(root)) this.words.set(root, term)
    return term
  }

  runTerm(run: string): number {
    const term = this.runs.get(run) ?? this.size++
    this.runs.set(run, term)
    this.longestRun = Math.max(this.longestRun, run.length)
    return term
  }

  termsOf(text: string): readonly WordTerm[] {
    return scanWords(foldForSelection(text)).flatMap((piece) =>
      piece.kind === 'word'
        ? [{ text: piece.text, term: this.wordTerm(piece.text) }]
        : segmentRun(this.segmenter, piece.text).map((word) => ({
            text: word,
            term: this.runTerm(word),
          })),
    )
  }
}

export type WordTerm = { readonly text: string; readonly term: number }
