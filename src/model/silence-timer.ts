/**
 * A timer over what must not stay silent for too long. Sets one timer and nothing else; whoever arms it disarms it.
 * Every sign of life is a look at the clock, cheap enough for every piece of a stream: the timer looks back when it fires.
 */
import type { Clock } from '../lib/clock.ts'

export class SilenceTimer {
  readonly #clock: Clock
  #timer: ReturnType<typeof setTimeout> | undefined
  #touchedAt = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Bounds the time until the next `touch`, `arm` or `disarm`, in milliseconds. */
  arm(ms: number, onExpired: () => void): void {
    clearTimeout(this.#timer)
    this.touch()
    this.#set(ms, ms, onExpired)
  }

  /** Something arrived. */
  touch(): void {
    this.#touchedAt = this.#clock.monotonic()
  }

  disarm(): void {
    clearTimeout(this.#timer)
  }

  #set(waitMs: number, ms: number, onExpired: () => void): void {
    this.#timer = setTimeout(() => {
      const left = ms - (this.#clock.monotonic() - this.#touchedAt)
      // Half a millisecond of grace: timers may fire a fraction early.
      if (left > 0.5) this.#set(left, ms, onExpired)
      else onExpired()
    }, waitMs)
  }
}
