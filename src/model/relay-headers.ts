/**
 * Which headers a relay passes on, both ways: all but those that belong to one connection, to one party, or to the gateway.
 * No I/O. A client's credentials never reach the upstream, and the upstream's account never shows to the client.
 */
import type { HeaderPairs } from './transport.ts'

/** Headers of one connection (RFC 9110 7.6.1 and the older ones it names), whichever way they travel. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

const DROPPED_FROM_REQUESTS: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  // The transport frames the request anew and names the host from the configuration.
  'host',
  'content-length',
  'expect',
  // Credentials and accounts of the client: the gateway calls with its own.
  'authorization',
  'api-key',
  'x-api-key',
  'openai-organization',
  'openai-project',
  'cookie',
  // Where the client is: nobody asked the vendor to know.
  'forwarded',
  'via',
  'x-real-ip',
  'true-client-ip',
  'cdn-loop',
])

/** `cf-` holds what Cloudflare adds to a request that reaches a Worker, the client's address among it. */
const DROPPED_REQUEST_PREFIXES = ['x-chambers-', 'x-forwarded-', 'cf-']

const DROPPED_FROM_RESPONSES: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  'set-cookie',
  // Statements about the vendor's origin, which a browser would take for the gateway's.
  'alt-svc',
  'strict-transport-security',
  'clear-site-data',
  'content-security-policy',
  'content-security-policy-report-only',
  'nel',
  'report-to',
  'reporting-endpoints',
  'www-authenticate',
  'location',
  'refresh',
  // The gateway's account with the vendor.
  'openai-organization',
  'openai-project',
])

const DROPPED_RESPONSE_PREFIXES = ['x-chambers-', 'access-control-']

export type RelayRequestOptions = {
  readonly headers: Iterable<readonly [string, string]>
  /** The upstream's API key; null where it wants none. */
  readonly apiKey: string | null
  /** Headers of the gateway's own (`traceparent`), which replace those of the same name. */
  readonly own?: HeaderPairs
}

/** The headers of the request to the upstream. `accept-encoding` stays the client's: the bytes will be the vendor's. */
export function relayRequestHeaders({
  headers,
  apiKey,
  own = [],
}: RelayRequestOptions): HeaderPairs {
  const credentials: HeaderPairs = apiKey === null ? [] : [['authorization', `Bearer ${apiKey}`]]
  return filterHeaders(headers, [...credentials, ...own], {
    names: DROPPED_FROM_REQUESTS,
    prefixes: DROPPED_REQUEST_PREFIXES,
  })
}

/** The headers of the response to the client: the vendor's by deny-list, and the gateway's own in place of the same names. */
export function relayResponseHeaders(
  headers: Iterable<readonly [string, string]>,
  own: HeaderPairs = [],
): HeaderPairs {
  return filterHeaders(headers, own, {
    names: DROPPED_FROM_RESPONSES,
    prefixes: DROPPED_RESPONSE_PREFIXES,
  })
}

type DenyList = { readonly names: ReadonlySet<string>; readonly prefixes: readonly string[] }

function filterHeaders(
  headers: Iterable<readonly [string, string]>,
  own: HeaderPairs,
  deny: DenyList,
): HeaderPairs {
  const kept: [string, string][] = []
  const connection: string[] = []
  const replaced = own.map(([name]) => name.toLowerCase())
  for (const [name, value] of headers) {
    const lower = name.toLowerCase()
    if (lower === 'connection') connection.push(...connectionOptions(value))
    if (deny.names.has(lower) || replaced.includes(lower)) continue
    if (deny.prefixes.some((prefix) => lower.startsWith(prefix))) continue
    kept.push([lower, value])
  }
  // A sender may list any header as belonging to its connection, before or after the header itself.
  const passed = connection.length > 0 ? kept.filter(([name]) => !connection.includes(name)) : kept
  return [...passed, ...own]
}

function connectionOptions(value: string): readonly string[] {
  return value
    .toLowerCase()
    .split(',')
    .map((option) => option.trim())
}
