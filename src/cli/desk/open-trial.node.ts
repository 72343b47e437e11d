/**
 * The models of the environment, to try what golden cases expect of a decision: the same deliberation as a request's, of which
 * nothing is recorded. I/O: model calls; nothing is opened before the first of them.
 */
import { systemClock } from '../../lib/clock.ts'
import { createPooledRandom } from '../../lib/pooled-random.node.ts'
import type { Fetch } from '../../model/openai-client.ts'
import type { DecideCase } from '../../policy/check/decided-case.ts'
import type { Protocol } from '../../policy/section.ts'
import type { Config } from '../../start/config.ts'
import { BOUNDS } from '../../start/platform.ts'
import { noMetrics } from '../../telemetry/metrics.ts'

export type Trial = AsyncDisposable & { readonly decideCase: DecideCase }

type OpenedTrial = { readonly decideCase: DecideCase; readonly close: () => Promise<void> }

const CONNECT_MS = 10_000
/** Whatever base a stand-in is given: its requests never leave this process. */
const STAND_IN_BASE = 'http://stand-in.invalid/v1'

export function createTrial(config: Config, protocol: () => Promise<Protocol>): Trial {
  let opened: Promise<OpenedTrial> | null = null
  return {
    async decideCase(golden, options) {
      opened ??= open(config, protocol)
      return (await opened).decideCase(golden, options)
    },
    async [Symbol.asyncDispose]() {
      await (await opened)?.close()
    },
  }
}

async function open(config: Config, protocol: () => Promise<Protocol>): Promise<OpenedTrial> {
  // Few commands ask a model, and none should wait for what they do not use.
  const { createHeart } = await import('../../start/open-heart.ts')
  const { createUndiciFetch } = await import('../../model/undici-fetch.node.ts')
  const caller = createUndiciFetch({ connectMs: CONNECT_MS })
  const { decideCase } = createHeart({
    config,
    platform: {
      clock: systemClock,
      random: createPooledRandom(),
      protocol: await protocol(),
      ...(await openUpstream(config, caller.fetch)),
      judgeFetch: caller.fetch,
      telemetry: { metrics: noMetrics },
    },
    bounds: BOUNDS,
  })
  return { decideCase, close: () => caller.close() }
}

async function openUpstream({ upstream: { baseUrl } }: Config, fetch: Fetch) {
  if (baseUrl !== null) return { upstream: { provider: new URL(baseUrl).hostname, baseUrl }, fetch }
  const { createStandIn } = await import('../../stand-in/stand-in.ts')
  const standIn = createStandIn()
  const answer: Fetch = (input, init) => standIn(new Request(input, init))
  return { upstream: { provider: 'stand-in', baseUrl: STAND_IN_BASE }, fetch: answer }
}
