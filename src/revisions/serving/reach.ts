/**
 * How the database stands, as the looks at it have found it: in reach or not, since when, and whether a request is to wait
 * for another look. No I/O. What a later look has found is never undone by an earlier one that was answered after it.
 */
import type { Clock } from '../../lib/clock.ts'
import type { PolicyNotice } from './policy-notice.ts'

/** One look at the states: counted, because a later one may be answered first. */
export type Look = { readonly number: number; readonly beganMs: number }

/** How old what is known may be where requests look by themselves. */
const FRESH_MS = 1_000
/** After a look failed or took too long, nobody waits for another. */
const AVOID_MS = 1_000

export class DatabaseReach {
  readonly #clock: Clock
  readonly #notify: (notice: PolicyNotice) => void
  #looks = 0
  /** The latest look that reached the database. */
  #reached = 0
  #reachedMs: number
  #isAway = false
  #isOpen = false
  #avoidUntilMs = Number.NEGATIVE_INFINITY

  constructor(ports: { readonly clock: Clock; readonly notify: (notice: PolicyNotice) => void }) {
    this.#clock = ports.clock
    this.#notify = ports.notify
    this.#reachedMs = ports.clock.monotonic()
  }

  get isAway(): boolean {
    return this.#isAway
  }

  /** False until the first start is over: until then it is for that one to say what becomes of a database out of reach. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** When it was last known to be in reach. */
  get reachedMs(): number {
    return this.#reachedMs
  }

  /** True where what is known is too old, and it is worth while to look. */
  isLookDue(): boolean {
    const nowMs = this.#clock.monotonic()
    return nowMs - this.#reachedMs >= FRESH_MS && nowMs >= this.#avoidUntilMs
  }

  beginLook(): Look {
    return { number: ++this.#looks, beganMs: this.#clock.monotonic() }
  }

  markAway({ number }: Look): void {
    if (this.#isAway || number < this.#reached) return
    this.#isAway = true
    if (!this.#isOpen) return
    this.#notify({ kind: 'cached', policy: null, problem: 'database_unavailable', served: true })
  }

  markReached({ number, beganMs }: Look): void {
    this.#reached = Math.max(this.#reached, number)
    this.#reachedMs = Math.max(this.#reachedMs, beganMs)
    if (this.#isAway && this.#isOpen) this.#notify({ kind: 'live', policy: null })
    this.#isAway = false
  }

  /** Lets nobody wait for a look for a while. */
  avoid(): void {
    this.#avoidUntilMs = this.#clock.monotonic() + AVOID_MS
  }

  markOpen(): void {
    this.#isOpen = true
  }

  /** What serves was last confirmed at a wall time, by whoever wrote the copies. */
  takeConfirmed(time: number): void {
    const ageMs = Math.max(0, this.#clock.now() - time)
    this.#reachedMs = this.#clock.monotonic() - ageMs
  }
}
