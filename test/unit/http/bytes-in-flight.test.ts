import { describe, expect, it } from 'vitest'
import { createBytesInFlight } from '../../../src/http/bytes-in-flight.ts'

const build = () => {
  const clock = { nowMs: 0, now: () => 0, monotonic: () => clock.nowMs }
  return { clock, inFlight: createBytesInFlight({ limitBytes: 10, longestMs: 1_000, clock }) }
}

const OVERLOADED = expect.objectContaining({
  code: 'overloaded',
  status: 503,
  message: 'The gateway holds as many requests as it can: ask again in a moment',
  headers: { 'retry-after': '1' },
})

describe('bytes in flight', () => {
  it('are refused beyond the limit of all requests together, and nothing is added then', () => {
    const { inFlight } = build()
    const [one, other] = [inFlight.open(), inFlight.open()]
    one.take(6)
    expect(() => other.take(5)).toThrow(OVERLOADED)
    expect(() => other.take(4)).not.toThrow()
  })

  it('are too many for ever where they would not fit alone', () => {
    const { inFlight } = build()
    inFlight.open().take(5)
    const one = inFlight.open()
    one.take(5)
    expect(() => one.take(6)).toThrow(
      expect.objectContaining({
        code: 'request_too_large',
        message: 'Send a smaller body, or one of fewer values',
      }),
    )
  })

  it('are said not to fit to what can do without', () => {
    const { inFlight } = build()
    inFlight.open().take(2)
    const one = inFlight.open()
    expect([one.tryTake(4), one.tryTake(3), one.tryTake(1)]).toEqual([false, true, false])
  })

  it('of what can do without leave half of the room to others', () => {
    const { inFlight } = build()
    const [one, other] = [inFlight.open(), inFlight.open()]
    expect([one.tryTake(4), other.tryTake(2), other.tryTake(1)]).toEqual([true, false, true])
    expect(() => inFlight.open().take(5)).not.toThrow()
  })

  it('of what can do without may be all where nobody else holds any', () => {
    const { inFlight } = build()
    const one = inFlight.open()
    expect([one.tryTake(6), one.tryTake(4), one.tryTake(1)]).toEqual([true, true, false])
  })

  it('are free again when a request is done with', () => {
    const { inFlight } = build()
    const one = inFlight.open()
    one.take(5)
    one.take(5)
    one.release()
    expect(() => inFlight.open().take(10)).not.toThrow()
  })

  it.each(['resolves', 'rejects'])('are held until what holds on to them %s', async (how) => {
    const { inFlight } = build()
    const work = Promise.withResolvers<void>()
    const one = inFlight.open()
    one.take(10)
    one.until(work.promise)
    one.release()
    expect(() => inFlight.open().take(1)).toThrow(OVERLOADED)
    if (how === 'resolves') work.resolve()
    else work.reject(new Error('broken'))
    await work.promise.catch(() => {})
    expect(() => inFlight.open().take(10)).not.toThrow()
  })

  it('of a request that ended without a word are forgotten when room is wanted', () => {
    const { clock, inFlight } = build()
    const lost = inFlight.open()
    lost.take(6)
    clock.nowMs = 500
    const live = inFlight.open()
    live.take(4)
    clock.nowMs = 1_000
    expect(() => inFlight.open().take(6)).not.toThrow()
    expect(() => inFlight.open().take(1)).toThrow(OVERLOADED)
    lost.release()
    expect(() => inFlight.open().take(1)).toThrow(OVERLOADED)
    live.release()
    expect(() => inFlight.open().take(4)).not.toThrow()
  })
})
