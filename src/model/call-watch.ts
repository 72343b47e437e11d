/**
 * The clocks of one call to a model, over all its tries: what bounds each phase, and why the call was ended.
 * Sets timers and nothing else. Dispose of it when the call is over: it listens to the caller's signal until then.
 */

import type { ModelFailure, TimeoutPhase } from '../conversation/model.ts'
import { abortFailure } from '../lib/aborted.ts'
import type { Clock } from '../lib/clock.ts'
import { SilenceTimer } from './silence-timer.ts'

export class CallWatch {
  readonly #caller: AbortSignal
  readonly #silence: SilenceTimer
  readonly #controller = new AbortController()
  readonly #total: ReturnType<typeof setTimeout>
  #passed: TimeoutPhase | null = null
  readonly #end = (): void => this.#controller.abort(this.#caller.reason)

  constructor(options: {
    readonly caller: AbortSignal
    readonly clock: Clock
    readonly totalMs: number
  }) {
    this.#caller = options.caller
    this.#silence = new SilenceTimer(options.clock)
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
    this.#silence.arm(ms, () => this.#expire(phase))
  }

  disarm(): void {
    this.#silence.disarm()
  }

  /** Something arrived. */
  touch(): void {
    this.#silence.touch()
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
    this.#silence.disarm()
    this.#caller.removeEventListener('abort', this.#end)
  }

  #expire(phase: TimeoutPhase): void {
    this.#passed ??= phase
    this.#controller.abort()
  }
}
