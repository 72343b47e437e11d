/**
 * What the stages of the splitter write into: the hidden text, the answer so far, and the first thing that was wrong.
 * No I/O. Once it holds a failure nothing in it may be released.
 */
import type { SplitFailure } from '../../conversation/failures.ts'
import type { Stage } from './marker-scanner.ts'

export class SplitLedger {
  readonly #hidden: string[] = []
  readonly #answer: string[] = []
  #failure: SplitFailure['reason'] | null = null
  #trimming = false
  #blockEnded = false
  /** The names of the tags within the text that bounded reasoning, in lower case. */
  readonly bounds = new Set<string>()

  get failure(): SplitFailure['reason'] | null {
    return this.#failure
  }

  get hidden(): string {
    return this.#hidden.join('')
  }

  get answer(): string {
    return this.#answer.join('')
  }

  hide(text: string): void {
    if (this.#blockEnded && text !== '') {
      this.#blockEnded = false
      this.#hidden.push('\n')
    }
    this.#hidden.push(text)
  }

  /** A block of reasoning was closed: another one starts on a line of its own, and newlines that follow belong to the tag. */
  endBlock(): void {
    this.#blockEnded = this.#hidden.length > 0
    this.#trimming = true
  }

  /** What follows is the answer from its first character on. */
  keepNewlines(): void {
    this.#trimming = false
  }

  release(text: string): void {
    const kept = this.#trimming ? text.replace(/^[\r\n]+/, '') : text
    if (kept === '') return
    this.#trimming = false
    this.#answer.push(kept)
  }

  fail(reason: SplitFailure['reason']): void {
    this.#failure ??= reason
  }
}

/** The last stage where no tag of ours is due: all that comes is the answer (what may stand in it, answer-boundary.ts says). */
export function createAnswerStage(ledger: SplitLedger): Stage {
  return {
    text: (text) => ledger.release(text),
    marker: ({ raw }) => ledger.release(raw),
    end() {},
  }
}
