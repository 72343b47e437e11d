/**
 * The heart for work without traffic: the models of the environment, the same deliberation as a request's. I/O: model calls.
 * It serves nobody, and counts in nobody's metrics.
 */

import { systemClock } from '../../lib/clock.ts'
import { createPooledRandom } from '../../lib/pooled-random.node.ts'
import type { Fetch } from '../../model/openai-client.ts'
import { createUndiciFetch } from '../../model/undici-fetch.node.ts'
import type { Protocol } from '../../policy/section.ts'
import { createStandIn } from '../../stand-in/stand-in.ts'
import type { Config } from '../../start/config.ts'
import { createHeart, type Heart } from '../../start/open-heart.ts'
import { noMetrics } from '../../telemetry/metrics.ts'

export type OpenHeart = AsyncDisposable &
  Pick<Heart, 'deliberate' | 'warm'> & {
    /** Where answers come from. */
    readonly provider: string
  }

const CONNECT_MS = 10_000
const STAND_IN_BASE = 'http://stand-in.invalid/v1'

/** Work that nobody waits for can wait for a slow model. */
const BOUNDS = {
  firstTokenMs: 10 * 60_000,
  idleMs: 5 * 60_000,
  maxRetries: 2,
  maxReplyBytes: 32 * 1024 * 1024,
  selectionIndexes: 16,
}

/** `onCall` is told of every call to a model, tries included, as it begins. */
export function openHeart(
  config: Config,
  { protocol, onCall }: { readonly protocol: Protocol; readonly onCall: () => void },
): OpenHeart {
  const caller = createUndiciFetch({ connectMs: CONNECT_MS })
  const upstream = openUpstream(config, caller.fetch)
  const counted =
    (fetch: Fetch): Fetch =>
    (input, init) => {
      onCall()
      return fetch(input, init)
    }
  const { deliberate, warm } = createHeart({
    config,
    platform: {
      clock: systemClock,
      random: createPooledRandom(),
      protocol,
      upstream: { provider: upstream.provider, baseUrl: upstream.baseUrl },
      fetch: counted(upstream.fetch),
      judgeFetch: counted(caller.fetch),
      telemetry: { metrics: noMetrics },
    },
    bounds: BOUNDS,
  })
  return {
    deliberate,
    warm,
    provider: upstream.provider,
    [Symbol.asyncDispose]: () => caller.close(),
  }
}

/** The configured model server, or the stand-in, whose requests never leave this process. */
export function openUpstream(config: Config, fetch: Fetch) {
  const { baseUrl } = config.upstream
  if (baseUrl !== null) return { provider: new URL(baseUrl).hostname, baseUrl, fetch }
  const standIn = createStandIn()
  const answer: Fetch = (input, init) => standIn(new Request(input, init))
  return { provider: 'stand-in', baseUrl: STAND_IN_BASE, fetch: answer }
}
