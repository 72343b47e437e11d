/**
 * Failed authentications, limited by the address they come from: who guesses is soon not looked up any more. No I/O.
 * Per process or isolate, and in memory alone, which has a bound. Credentials that were good lately pass all the same: others
 * may share the address of one that guesses, behind a router or a proxy.
 */
import { LRUCache } from 'lru-cache'
import { GatewayError } from '../errors.ts'
import type { Clock } from '../lib/clock.ts'
import { presentedIn } from './authenticate.ts'
import { createRequestBuckets } from './rate-limit.ts'

export type AttemptsOptions = {
  readonly clock: Clock
  /** As lowercase hex. */
  readonly sha256: (text: string) => string | Promise<string>
}

/**
 * Begins an attempt, by what is presented and from where; what it gives is to be called with how it ended.
 * `address` is null where the platform does not tell it, and then nothing is limited.
 * @throws GatewayError `rate_limited`, with `retry-after` in whole seconds, where the address has failed too often.
 */
export type BeginAttempt = (
  headers: Headers,
  address: string | null,
) => Promise<(isGood: boolean) => void>

const FAILURES_PER_MINUTE = 60
const MAX_REMEMBERED = 10_000

export function createBeginAttempt({ clock, sha256 }: AttemptsOptions): BeginAttempt {
  const failures = createRequestBuckets({ clock })
  // Nothing but digests of credentials is kept, here as in the database.
  const good = new LRUCache<string, true>({ max: MAX_REMEMBERED })
  return async function beginAttempt(headers, address) {
    const network = address === null ? null : networkOf(address)
    const digest = await sha256(presentedIn(headers).join('\n'))
    if (network !== null && !good.has(digest)) {
      const waitSeconds = failures.waitOf(network, FAILURES_PER_MINUTE)
      if (waitSeconds !== null) throw tooMany(waitSeconds)
    }
    return function endAttempt(isGood) {
      if (isGood) good.set(digest, true)
      else {
        good.delete(digest)
        if (network !== null) failures.spend(network, FAILURES_PER_MINUTE)
      }
    }
  }
}

function tooMany(waitSeconds: number): GatewayError {
  return new GatewayError('rate_limited', {
    message: 'Too many requests without valid credentials came from your address',
    headers: { 'retry-after': String(waitSeconds) },
  })
}

/** Of IPv6 whoever has one address has 2^64 of them; some proxies add the port, of which everybody has thousands. */
function networkOf(address: string): string {
  const [, mapped] = /^(?:::ffff:)?(\d[\d.]+)(?::\d+)?$/i.exec(address) ?? []
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address
  const [, bare = address] = /^\[([^\]]*)\]/.exec(address) ?? []
  const [head = '', tail] = bare.split('::')
  const groups = head.split(':')
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(':').length
  return [...groups, ...Array<string>(Math.max(0, missing)).fill('0')].slice(0, 4).join(':')
}
