/** How far a scan is done with while several of its transcripts are open: up to which place none is. Pure. */
import type { Listed, Position } from './scan.ts'

/** One transcript of the scan that was taken. */
export type Taken = { readonly at: Listed; isDone: boolean }

/** How far the quickest may be ahead of the slowest. */
const MAX_AHEAD = 1_000

export class Frontier {
  /** From the first that is open on, in the order of the scan. */
  readonly #taken: Taken[] = []
  #upTo: Position | null

  constructor(start: Position | null) {
    this.#upTo = start
  }

  get upTo(): Position | null {
    return this.#upTo
  }

  take(at: Listed): Taken {
    const taken = { at, isDone: false }
    this.#taken.push(taken)
    return taken
  }

  close(taken: Taken): void {
    taken.isDone = true
    while (this.#taken[0]?.isDone) {
      const { time, id } = this.#taken[0].at
      this.#upTo = { time, id }
      this.#taken.shift()
    }
  }

  hasRoom(): boolean {
    return this.#taken.length <= MAX_AHEAD
  }
}
