/** The server that answers, as far as platforms have it alike: its name, and the stand-in where none is configured. No I/O. */
import { createFetchTransport } from '../model/fetch-transport.ts'
import { createStandIn } from '../stand-in/stand-in.ts'
import type { Config, Silence } from './config.ts'
import type { Platform } from './platform.ts'

/** What a platform knows of the server that answers. */
export type UpstreamPorts = Pick<Platform, 'upstream' | 'transport' | 'direct' | 'fetch'>

/** Whatever base the stand-in is given, nobody is asked under it. */
const STAND_IN_BASE = 'http://stand-in.invalid/v1'

/** Its name in provenance. */
export function providerOf({ baseUrl }: Pick<Config['upstream'], 'baseUrl'>): string {
  return baseUrl === null ? 'stand-in' : new URL(baseUrl).hostname
}

/** Its requests never leave the process. */
export function standInPorts({ firstTokenMs: firstByteMs, idleMs }: Silence): UpstreamPorts {
  const standIn = createStandIn()
  return {
    upstream: { provider: providerOf({ baseUrl: null }), baseUrl: STAND_IN_BASE },
    transport: createFetchTransport({
      baseUrl: STAND_IN_BASE,
      fetch: standIn,
      firstByteMs,
      idleMs,
    }),
    direct: null,
    fetch: (input, init) => standIn(new Request(input, init)),
  }
}
