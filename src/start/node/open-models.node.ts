/**
 * The models of the environment on Node, for work without traffic: the same clients as a gateway's, with more patience. I/O:
 * model calls, when they are made.
 */
import { systemClock } from '../../lib/clock.ts'
import { createPooledRandom } from '../../lib/pooled-random.node.ts'
import type { Fetch } from '../../model/openai-client.ts'
import type { Config, Silence } from '../config.ts'
import { connectModels, type Models } from '../parts/models.ts'
import { openUpstream } from './open-upstream.node.ts'

export type OpenModels = AsyncDisposable & Models

/** Work that nobody waits for can wait for a slow model. */
const PATIENCE = { firstTokenMs: 10 * 60_000, idleMs: 5 * 60_000 }
const BOUNDS = {
  maxRetries: 2,
  maxReplyBytes: 32 * 1024 * 1024,
}

/** `onCall` is told of every call to a model, tries included, as it begins. */
export function openModels(
  config: Pick<Config, 'upstream' | 'judge' | 'deadlineMs' | 'silence'>,
  onCall: () => void = () => {},
): OpenModels {
  const upstream = openUpstream(config)
  const { ports } = upstream
  const counted =
    (fetch: Fetch): Fetch =>
    (input, init) => {
      onCall()
      return fetch(input, init)
    }
  const { draft, judge } = connectModels({
    config: { ...config, silence: atLeast(config.silence) },
    platform: {
      clock: systemClock,
      random: createPooledRandom(),
      upstream: ports.upstream,
      fetch: counted(ports.fetch),
      judgeFetch: counted(ports.judgeFetch),
    },
    bounds: BOUNDS,
  })
  return { draft, judge, [Symbol.asyncDispose]: () => upstream.close() }
}

function atLeast({ firstTokenMs, idleMs }: Silence): Silence {
  return {
    firstTokenMs: Math.max(firstTokenMs, PATIENCE.firstTokenMs),
    idleMs: Math.max(idleMs, PATIENCE.idleMs),
  }
}
