import { beforeEach, describe, expect, it } from 'vitest'
import type { Principal } from '../../../src/access/principal.ts'
import { createRateLimit, type LimitRate } from '../../../src/access/rate-limit.ts'
import { createPrincipal } from '../../fakes/principal.ts'

const caller: Principal = createPrincipal({ requestsPerMinute: 3 })

let nowMs = 0
let limitRate: LimitRate
beforeEach(() => {
  nowMs = 1_000
  limitRate = createRateLimit({ clock: { now: () => 0, monotonic: () => nowMs } })
})

/** How many of so many requests at once are let through. */
const admitted = (principal: Principal, requests = 10) => {
  let count = 0
  for (let request = 0; request < requests; request++) {
    try {
      limitRate(principal)
      count++
    } catch {
      // The rest of the test is about how many were not.
    }
  }
  return count
}

describe('the limit of a caller', () => {
  it('lets through what a minute allows and then no more', () => {
    expect([admitted(caller), admitted(caller)]).toEqual([3, 0])
  })

  it('says in whole seconds when the next request may come, and keeps its word', () => {
    admitted(caller)
    expect(() => limitRate(caller)).toThrow(
      expect.objectContaining({
        code: 'rate_limited',
        status: 429,
        message: 'Too many requests: these credentials may make at most 3 a minute',
        headers: { 'retry-after': '20' },
      }),
    )
    nowMs += 19_999
    expect(admitted(caller)).toBe(0)
    nowMs += 1
    expect(admitted(caller)).toBe(1)
  })

  it('is never beaten by asking again and again', () => {
    let total = 0
    for (let second = 0; second < 600; second++) {
      total += admitted(caller, 2)
      nowMs += 1_000
    }
    expect(total).toBe(3 + 29)
  })

  it('does not grow beyond a minute however long nothing was asked', () => {
    admitted(caller)
    nowMs += 3_600_000
    expect(admitted(caller)).toBe(3)
  })

  it('never asks to come back in no time', () => {
    const busy = { ...caller, requestsPerMinute: 1_000_000 }
    limitRate({ ...busy, requestsPerMinute: 1 })
    expect(() => limitRate(busy)).toThrow(
      expect.objectContaining({ headers: { 'retry-after': '1' } }),
    )
  })

  it.each<Partial<Principal>>([
    { id: 'other' },
    { tenant: 'other' },
    { app: 'other' },
    { kind: 'jwt' },
  ])('is not spent by %j', (other) => {
    admitted(caller)
    expect(admitted({ ...caller, ...other })).toBe(3)
  })

  it('does not exist where none is set', () => {
    expect(admitted({ ...caller, requestsPerMinute: null }, 1_000)).toBe(1_000)
  })
})
