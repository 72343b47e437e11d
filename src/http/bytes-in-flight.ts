/**
 * How many bytes of requests a process or isolate holds at once, over all of them: what does not fit is refused before memory
 * ends. No I/O. Nothing but numbers is kept of a request; bytes are counted as they come, whatever length was declared.
 */
import { GatewayError } from '../errors.ts'
import type { Clock } from '../lib/clock.ts'

/** What one request holds. */
export type Held = {
  /**
   * Adds so many; where they do not fit, nothing is added.
   * @throws GatewayError `overloaded`, or `request_too_large` where they would not fit alone.
   */
  take(bytes: number): void
  /** The same, for what can do without and leaves half of the room to what cannot: false where they do not fit. */
  tryTake(bytes: number): boolean
  /** So many are held no longer: they go on as they came. */
  giveBack(bytes: number): void
  /** Holds on until this has settled, too. */
  until(work: Promise<unknown>): void
  /** The request itself is done with; what it holds is free as soon as nothing else holds on. */
  release(): void
}

export type BytesInFlight = { open(): Held }

export type BytesInFlightOptions = {
  readonly limitBytes: number
  /** No request lives longer: on the edge one may end without a word, and what it held would be held for ever. */
  readonly longestMs: number
  readonly clock: Clock
}

/** What one request holds, since its first byte. */
type Holding = { bytes: number; sinceMs: number }

const RETRY_AFTER_SECONDS = '1'

export function createBytesInFlight(options: BytesInFlightOptions): BytesInFlight {
  const { limitBytes, longestMs, clock } = options
  /** The oldest come first. */
  const holding = new Set<Holding>()
  let total = 0

  function forget(one: Holding): void {
    holding.delete(one)
    total -= one.bytes
    one.bytes = 0
  }

  function forgetTheLost(): void {
    const lostMs = clock.monotonic() - longestMs
    for (const one of holding) if (one.sinceMs <= lostMs) forget(one)
  }

  return {
    open() {
      const own: Holding = { bytes: 0, sinceMs: 0 }
      let holders = 1
      const letGo = () => {
        holders--
        if (holders === 0) forget(own)
      }
      const add = (bytes: number, fits: () => boolean): boolean => {
        if (!fits()) forgetTheLost()
        if (!fits()) return false
        if (!holding.has(own)) {
          own.sinceMs = clock.monotonic()
          holding.add(own)
        }
        own.bytes += bytes
        total += bytes
        return true
      }
      return {
        tryTake(bytes) {
          // Alone it may have it all: else the largest would never find room.
          const limit = () => (total > own.bytes ? limitBytes / 2 : limitBytes)
          return add(bytes, () => total + bytes <= limit())
        },
        take(bytes) {
          if (own.bytes + bytes > limitBytes) throw tooLarge()
          if (!add(bytes, () => total + bytes <= limitBytes)) throw overloaded()
        },
        giveBack(bytes) {
          // What was forgotten is not given back twice.
          const back = Math.min(bytes, own.bytes)
          own.bytes -= back
          total -= back
        },
        until(work) {
          holders++
          work.then(letGo, letGo)
        },
        release: letGo,
      }
    },
  }
}

function tooLarge(): GatewayError {
  return new GatewayError('request_too_large', {
    message: 'Send a smaller body, or one of fewer values',
  })
}

function overloaded(): GatewayError {
  return new GatewayError('overloaded', { headers: { 'retry-after': RETRY_AFTER_SECONDS } })
}
