/**
 * The clocks of one call to a model, over all its tries: what bounds each phase, and why the call was ended.
 * Sets timers and nothing else. Dispose of it when the call is over: it listens to the caller's signal until then.
 */

import type { ModelFailure, TimeoutPhase } from '../conversation/model.ts'
import { abortFailure } from '../lib/aborted.ts'
import type { Clock } from '../lib/clock.ts'

export class CallWatch {
  readonly #caller: AbortSignal
  readonly #clock: Clock
  readonly #controller = new AbortController()
  readonly #total: ReturnType<typeof setTimeout>
  #timer: ReturnType<typeof setTimeout> | undefined
  #passed: TimeoutPhase | null = null
  #touchedAt = 0
  readonly #end = (): void => this.#controller.abort(this.#caller.reason)

  constructor(options: {
    readonly caller: AbortSignal
    readonly clock: Clock
    readonly totalMs: number
  }) {
    this.#caller = options.caller
    this.#clock = options.clock
    this.#total = setTimeout(() => this.#expire('total'), options.totalMs)
    if (this.#caller.aborted) this.#end()
    else this.#caller.addEventListener('abort', this.#end, { once: true })
  }

  /** Aborts with the caller's signal or when a time has passed. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Why the call was ended from this side; null when it was not. */
  get failure(): ModelFailure | null {
    if (this.#caller.aborted) return abortFailure(this.#caller)
    return this.#passed === null ? null : { reason: 'model_timeout', phase: this.#passed }
  }

  /** Bounds the time until the next `touch` or `arm`. */
  arm(phase: TimeoutPhase, ms: number): void {
    clearTimeout(this.#timer)
    this.touch()
    this.#timer = setTimeout(() => this.#check(phase, ms), ms)
  }

  disarm(): void {
    clearTimeout(this.#timer)
  }

  /** Something arrived. Cheap enough for every piece of a stream: the timer looks back when it fires. */
  touch(): void {
    this.#touchedAt = this.#clock.monotonic()
  }

  /** Waits between tries; false when the call ended meanwhile. */
  sleep(ms: number): Promise<boolean> {
    if (this.signal.aborted) return Promise.resolve(false)
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        this.signal.removeEventListener('abort', wake)
        resolve(!this.signal.aborted)
      }
      const timer = setTimeout(wake, ms)
      this.signal.addEventListener('abort', wake, { once: true })
    })
  }

  dispose(): void {
    clearTimeout(this.#total)
    clearTimeout(this.#timer)
    this.#caller.removeEventListener('abort', this.#end)
  }

  #check(phase: TimeoutPhase, ms: number): void {
    const left = ms - (this.#clock.monotonic() - this.#touchedAt)
    // Half a millisecond of grace: timers may fire a fraction early.
    if (left > 0.5) this.#timer = setTimeout(() => this.#check(phase, ms), left)
    else this.#expire(phase)
  }

  #expire(phase: TimeoutPhase): void {
    this.#passed ??= phase
    this.#controller.abort()
  }
}
