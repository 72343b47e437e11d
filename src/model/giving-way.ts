/**
 * Calls that nobody waits for give way to those that somebody does, on the same model servers: so many at once, none while a live
 * call is under way (but after a moment, or under steady traffic they would never come to it), and none for a while after a
 * server has refused one for its load. Sets one timer. What waits is shared within a process: never used where requests may
 * not wait for one another (0005).
 */
import type { Completion, Model, ModelFailure } from '../conversation/model.ts'
import { abortFailure } from '../lib/aborted.ts'
import { backoff } from '../lib/backoff.ts'
import type { Clock } from '../lib/clock.ts'
import { once } from '../lib/once.ts'
import { fail, type Result } from '../lib/result.ts'

export type GivingWayOptions = {
  readonly concurrency: number
  /** So long a call waits for a moment without live ones, in milliseconds. */
  readonly patienceMs: number
  readonly clock: Clock
}

type Waiter = { readonly since: number; readonly start: () => void }

/** After a refusal; twice as long after each further one. */
const REST_MS = { first: 1_000, longest: 60_000 }

export class GivingWay {
  readonly #options: GivingWayOptions
  readonly #waiting: Waiter[] = []
  #live = 0
  #running = 0
  #refusals = 0
  #restUntil = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: GivingWayOptions) {
    this.#options = options
  }

  /** Counts what somebody waits for; the result ends it. */
  begin(): () => void {
    this.#live++
    return once(() => {
      this.#live--
      this.#next()
    })
  }

  /** The model for calls that somebody waits for. */
  first(model: Model): Model {
    const complete: Model['complete'] = async (prompt, options) => {
      const end = this.begin()
      try {
        return await model.complete(prompt, options)
      } finally {
        end()
      }
    }
    return { provider: model.provider, complete }
  }

  /** The model for calls that nobody waits for. */
  last(model: Model): Model {
    const complete: Model['complete'] = async (prompt, options) => {
      const goOn = options.onWait?.()
      if (!(await this.#turn(options.signal))) return fail(abortFailure(options.signal))
      goOn?.()
      try {
        const result = await model.complete(prompt, options)
        this.#note(result)
        return result
      } finally {
        this.#running--
        this.#next()
      }
    }
    return { provider: model.provider, complete }
  }

  /** True when it is the call's turn, false when its caller gave up before. */
  #turn(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false)
    return new Promise((resolve) => {
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1)
        resolve(false)
        this.#next()
      }
      const waiter: Waiter = {
        since: this.#options.clock.monotonic(),
        start() {
          signal.removeEventListener('abort', leave)
          resolve(true)
        },
      }
      signal.addEventListener('abort', leave, { once: true })
      this.#waiting.push(waiter)
      this.#next()
    })
  }

  #next(): void {
    const { concurrency, patienceMs, clock } = this.#options
    clearTimeout(this.#timer)
    for (;;) {
      const [first] = this.#waiting
      if (!first || this.#running >= concurrency) return
      const patientUntil = this.#live > 0 ? first.since + patienceMs : 0
      const waitMs = Math.max(this.#restUntil, patientUntil) - clock.monotonic()
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#next(), waitMs)
        return
      }
      this.#waiting.shift()
      this.#running++
      first.start()
    }
  }

  #note(result: Result<Completion, ModelFailure>): void {
    const isRefused = !result.ok && isLoad(result.failure)
    this.#refusals = isRefused ? this.#refusals + 1 : 0
    if (!isRefused) return
    this.#restUntil = this.#options.clock.monotonic() + backoff(REST_MS, this.#refusals)
  }
}

/** What a server says that has too much to do. */
function isLoad(failure: ModelFailure): boolean {
  if (failure.reason !== 'model_rejected' && failure.reason !== 'model_error_status') return false
  return [429, 503, 529].includes(failure.status)
}
