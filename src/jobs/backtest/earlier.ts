/** What earlier runs of a backtest have finished, from the lines of its state file: however many, little is remembered. Pure. */
import { isAfter, type Position } from './scan.ts'
import { type BacktestLine, positionOf } from './state.ts'

export type Earlier = {
  readonly finished: number
  /** The scan goes on after this. */
  readonly upTo: Position | null
  /** What was finished beyond it. */
  readonly beyond: ReadonlySet<string>
}

/** What lies before the frontier is forgotten after so many lines. */
const PRUNE_EVERY = 4_096

export class EarlierRuns {
  readonly #beyond = new Map<string, Position>()
  #upTo: Position | null = null
  #finished = 0

  /** Takes the next line of the file. */
  add({ at, upTo }: BacktestLine): void {
    const position = positionOf(at)
    this.#beyond.set(position.id, position)
    if (upTo) this.#upTo = positionOf(upTo)
    if (++this.#finished % PRUNE_EVERY === 0) this.#prune()
  }

  read(): Earlier {
    this.#prune()
    return { finished: this.#finished, upTo: this.#upTo, beyond: new Set(this.#beyond.keys()) }
  }

  #prune(): void {
    for (const [id, at] of this.#beyond) {
      if (this.#upTo && !isAfter(at, this.#upTo)) this.#beyond.delete(id)
    }
  }
}
