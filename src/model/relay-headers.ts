/**
 * Which headers a relay passes on: to the upstream those that are listed here or by the operator, to the client all but those
 * that belong to one connection, to one party, or to the gateway. No I/O. Nothing of a client's stands beside the gateway's key
 * that nobody has allowed, and the upstream's account never shows to the client.
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

/**
 * What goes up of a client's own headers: what describes its body and what it takes, what its library says of itself, what
 * names a call or a trace. Whatever else a server may understand beside the gateway's key (an account, another key, a route, a
 * place) is the operator's to allow, by name.
 */
const CARRIED_TO_UPSTREAM: ReadonlySet<string> = new Set([
  'content-type',
  'content-encoding',
  'accept',
  'accept-encoding',
  'user-agent',
  'openai-beta',
  'anthropic-beta',
  'anthropic-version',
  'idempotency-key',
  'x-client-request-id',
  'traceparent',
  'tracestate',
])

/** The official client libraries' word on their language, version, tries and timeouts. */
const CARRIED_PREFIX = 'x-stainless-'

const DROPPED_FROM_RESPONSES: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  'set-cookie',
  'set-cookie2',
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
  'permissions-policy',
  'service-worker-allowed',
  // Orders to a proxy before the gateway: to send a file of its own, or another server's answer.
  'x-accel-redirect',
  'x-sendfile',
  'x-lighttpd-send-file',
  'x-reproxy-url',
  // The gateway's account with the vendor.
  'openai-organization',
  'openai-project',
  'anthropic-organization-id',
])

const DROPPED_RESPONSE_PREFIXES = ['x-chambers-', 'access-control-', 'cross-origin-']

export type RelayRequestOptions = {
  readonly headers: Iterable<readonly [string, string]>
  /** The upstream's API key; null where it wants none. */
  readonly apiKey: string | null
  /** Where it goes, where that is not a bearer's. */
  readonly keyHeader?: string | undefined
  /** Names that the operator lets pass beside the known ones, in lower case. */
  readonly forwarded?: readonly string[]
  /** Headers of the gateway's own (`traceparent`), which replace those of the same name. */
  readonly own?: HeaderPairs
}

/** The headers of the request to the upstream. `accept-encoding` stays the client's: the bytes will be the vendor's. */
export function relayRequestHeaders({
  headers,
  apiKey,
  keyHeader,
  forwarded = [],
  own = [],
}: RelayRequestOptions): HeaderPairs {
  const credentials: HeaderPairs =
    apiKey === null
      ? []
      : [keyHeader === undefined ? ['authorization', `Bearer ${apiKey}`] : [keyHeader, apiKey]]
  const isCarried = (name: string): boolean =>
    CARRIED_TO_UPSTREAM.has(name) || name.startsWith(CARRIED_PREFIX) || forwarded.includes(name)
  return filterHeaders(headers, [...credentials, ...own], isCarried)
}

/** The headers of the response to the client: the vendor's by deny-list, and the gateway's own in place of the same names. */
export function relayResponseHeaders(
  headers: Iterable<readonly [string, string]>,
  own: HeaderPairs = [],
): HeaderPairs {
  const isCarried = (name: string): boolean =>
    !DROPPED_FROM_RESPONSES.has(name) &&
    !DROPPED_RESPONSE_PREFIXES.some((prefix) => name.startsWith(prefix))
  return filterHeaders(headers, own, isCarried)
}

function filterHeaders(
  headers: Iterable<readonly [string, string]>,
  own: HeaderPairs,
  isCarried: (name: string) => boolean,
): HeaderPairs {
  const kept: [string, string][] = []
  const connection: string[] = []
  const replaced = own.map(([name]) => name.toLowerCase())
  for (const [name, value] of headers) {
    const lower = name.toLowerCase()
    if (lower === 'connection') connection.push(...connectionOptions(value))
    if (!isCarried(lower) || replaced.includes(lower)) continue
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
