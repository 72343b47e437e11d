/** The configured model server on the edge, or the stand-in. I/O when it is used: the platform's own `fetch`. */
import { createFetchTransport } from '../../model/fetch-transport.ts'
import type { Config } from '../config.ts'
import type { Platform } from '../platform.ts'
import { providerOf, standInPorts, type UpstreamPorts } from '../upstream.ts'

export function openEdgeUpstream({
  upstream,
  silence,
}: Pick<Config, 'upstream' | 'silence'>): UpstreamPorts & Pick<Platform, 'judgeFetch'> {
  const { baseUrl } = upstream
  const { firstTokenMs: firstByteMs, idleMs } = silence
  // Called by its own name: the platform refuses it as a method of anything else.
  const ask: Platform['fetch'] = (input, init) => fetch(input, init)
  if (baseUrl === null) return { ...standInPorts(silence), judgeFetch: ask }
  return {
    upstream: { provider: providerOf({ baseUrl }), baseUrl },
    transport: createFetchTransport({
      baseUrl,
      fetch: (request) => fetch(request),
      firstByteMs,
      idleMs,
    }),
    direct: null,
    fetch: ask,
    judgeFetch: ask,
  }
}
