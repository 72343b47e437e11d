/**
 * The gateway's own limit of requests, for callers that have one: a token bucket each. No I/O.
 * Per process or isolate, and in memory alone: several instances admit that many each, a restart fills every bucket, and so
 * does being forgotten among more callers than are remembered. It guards against a runaway app, and is no quota.
 */

import { LRUCache } from 'lru-cache'
import { GatewayError } from '../errors.ts'
import type { Clock } from '../lib/clock.ts'
import { MINUTE_MS } from '../lib/time-spans.ts'
import type { Principal } from './principal.ts'

/** Spends one request of a caller's. @throws GatewayError `rate_limited`, with `retry-after` in whole seconds. */
export type LimitRate = (principal: Principal) => void

/** Requests left, as of a monotonic moment in milliseconds. */
type Bucket = { readonly left: number; readonly atMs: number }

const MAX_REMEMBERED = 10_000

/** Spends one request of a caller who may make so many a minute; whole seconds to wait where none is left, else null. */
export type SpendRequest = (caller: string, limit: number) => number | null

export type RequestBuckets = {
  readonly spend: SpendRequest
  /** The same, without spending. */
  readonly waitOf: SpendRequest
}

/**
 * A bucket holds what a minute allows and fills steadily: after a quiet minute so many may come at once, and over any
 * longer time no more than the limit.
 */
export function createRequestBuckets({ clock }: { readonly clock: Clock }): RequestBuckets {
  const buckets = new LRUCache<string, Bucket>({ max: MAX_REMEMBERED })
  const leftOf = (caller: string, limit: number, atMs: number): number => {
    const known = buckets.get(caller)
    if (!known) return limit
    return Math.min(limit, known.left + ((atMs - known.atMs) * limit) / MINUTE_MS)
  }
  const waitFor = (left: number, limit: number): number | null =>
    left >= 1 ? null : Math.max(1, Math.ceil(((1 - left) * MINUTE_MS) / limit / 1000))
  return {
    waitOf: (caller, limit) => waitFor(leftOf(caller, limit, clock.monotonic()), limit),
    spend(caller, limit) {
      const atMs = clock.monotonic()
      const left = leftOf(caller, limit, atMs)
      if (left >= 1) buckets.set(caller, { left: left - 1, atMs })
      return waitFor(left, limit)
    },
  }
}

export function createTokenBuckets(options: { readonly clock: Clock }): SpendRequest {
  return createRequestBuckets(options).spend
}

export function createRateLimit(options: { readonly clock: Clock }): LimitRate {
  const spend = createTokenBuckets(options)
  return function limitRate({ requestsPerMinute: limit, kind, tenant, app, id }) {
    if (limit === null) return
    const waitSeconds = spend(JSON.stringify([kind, tenant, app, id]), limit)
    if (waitSeconds === null) return
    throw new GatewayError('rate_limited', {
      message: `Too many requests: these credentials may make at most ${limit} a minute`,
      headers: { 'retry-after': String(waitSeconds) },
    })
  }
}
