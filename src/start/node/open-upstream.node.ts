/**
 * The configured model server on Node, or the stand-in, for the gateway and for every command that asks a model. I/O when it
 * is used: nothing connects while it is opened.
 */
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

export function openUpstream(config: Pick<Config, 'upstream' | 'deadlineMs'>): OpenUpstream {
  const judge = createUndiciFetch({ connectMs: CONNECT_MS })
  const server = openServer(config)
  return {
    ports: { ...server.ports, judgeFetch: judge.fetch },
    async close() {
      await Promise.all([server.close(), judge.close()])
    },
  }
}

function openServer({ upstream, deadlineMs }: Pick<Config, 'upstream' | 'deadlineMs'>): {
  readonly ports: UpstreamPorts
  close(): Promise<void>
} {
  const { baseUrl, apiKey } = upstream
  const bounds = { firstByteMs: deadlineMs, idleMs: deadlineMs }
  if (baseUrl === null) return { ports: standInPorts(bounds), close: () => Promise.resolve() }
  const timeouts = { connectMs: CONNECT_MS, ...bounds }
  const transport = createUndiciTransport({ baseUrl, timeouts })
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
