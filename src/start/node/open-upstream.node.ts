/**
 * The configured model server on Node, or the stand-in, for the gateway and for every command that asks a model. I/O when it
 * is used: nothing connects while it is opened.
 */
import { systemClock } from '../../lib/clock.ts'
import { createUndiciFetch } from '../../model/undici-fetch.node.ts'
import { createUndiciTransport } from '../../model/undici-transport.node.ts'
import { createDirectRelay } from '../../v1/direct-relay.node.ts'
import type { Config } from '../config.ts'
import type { Platform } from '../platform.ts'
import { providerOf, standInPorts, type UpstreamPorts } from '../upstream.ts'

export type OpenUpstream = {
  /** What a platform knows of it, and how a judge of its own is asked. */
  readonly ports: UpstreamPorts & Pick<Platform, 'judgeFetch'>
  /** Ends the connections. */
  close(): Promise<void>
}

const CONNECT_MS = 10_000

export function openUpstream(config: Pick<Config, 'upstream' | 'silence'>): OpenUpstream {
  const judge = createUndiciFetch({ connectMs: CONNECT_MS })
  const server = openServer(config)
  return {
    ports: { ...server.ports, judgeFetch: judge.fetch },
    async close() {
      await Promise.all([server.close(), judge.close()])
    },
  }
}

function openServer({ upstream, silence }: Pick<Config, 'upstream' | 'silence'>): {
  readonly ports: UpstreamPorts
  close(): Promise<void>
} {
  const { baseUrl, apiKey } = upstream
  if (baseUrl === null) return { ports: standInPorts(silence), close: () => Promise.resolve() }
  const { firstTokenMs: firstByteMs, idleMs } = silence
  const timeouts = { connectMs: CONNECT_MS, firstByteMs, idleMs }
  const transport = createUndiciTransport({ baseUrl, timeouts, clock: systemClock })
  const caller = createUndiciFetch({ connectMs: CONNECT_MS })
  return {
    ports: {
      upstream: { provider: providerOf({ baseUrl }), baseUrl },
      transport: transport.send,
      direct: createDirectRelay({ relayNode: transport.relayNode, apiKey }),
      fetch: caller.fetch,
    },
    async close() {
      await Promise.all([transport.close(), caller.close()])
    },
  }
}
