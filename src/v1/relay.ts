/**
 * A request passed to the upstream and its answer passed back, as bytes: never parsed, never delayed, and never ended while
 * the upstream still writes: the silence that transports bear is the only bound.
 * Only what is no answer to the client at all becomes an error: no upstream, a redirect, the gateway's own credentials refused.
 */

import type { ModelFailure } from '../conversation/model.ts'
import { GatewayError } from '../errors.ts'
import type { Result } from '../lib/result.ts'
import { relayRequestHeaders, relayResponseHeaders } from '../model/relay-headers.ts'
import type { HeaderPairs, Transport } from '../model/transport.ts'
import { type BodyCopy, copyThrough } from './body-copy.ts'
import { exchangeHeaders, type GatewayContext } from './exchange.ts'
import { failureToError } from './failure-to-error.ts'

export type RelayRequest = {
  /** Below the upstream's base, not encoded: `['chat', 'completions']`. */
  readonly path: readonly string[]
  /** Where the gateway's key goes, where that is not a bearer's. */
  readonly keyHeader?: string | undefined
  /** The body where it was read already; else it is piped. */
  readonly body?: Uint8Array<ArrayBuffer>
  /** Of a body that is piped: gets what passes of it. */
  readonly copy?: BodyCopy
}

/** How a relay ended: the upstream's status, or null when the client got an error of the gateway's. */
export type RelayEnd = { readonly status: number | null }

/** A platform's way from its own request to its own response, where it has one that is faster. */
export type DirectRelay = (
  c: GatewayContext,
  request: RelayRequest & {
    readonly method: 'POST'
    readonly search: string
    /** Names of the client's headers that the operator lets go on. */
    readonly forwarded: readonly string[]
    readonly responseHeaders: HeaderPairs
    readonly passes: (status: number) => boolean
  },
) => Promise<
  Result<
    { readonly status: number; readonly response: Response },
    { readonly failure: ModelFailure; readonly response: Response | null }
  >
>

export type RelayPorts = {
  readonly transport: Transport
  /** Null where everything goes through `transport`. */
  readonly direct: DirectRelay | null
  readonly apiKey: string | null
  /** Names of the client's headers that the operator lets go on, in lower case. */
  readonly forwardHeaders: readonly string[]
}

/** Relays one POST; the promise settles with the response's head, or with its end where the platform relays directly. */
export type Relay = (
  c: GatewayContext,
  request: RelayRequest,
) => Promise<RelayEnd & { readonly response: Response }>

/** A refusal of the gateway's credentials is not the client's fault, so it is not the client's answer either. */
const passes = (status: number): boolean => status !== 401 && status !== 403

export function createRelay(ports: RelayPorts): Relay {
  return function relay(c, asked) {
    const read = c.get('body')
    const request = read ? { body: read, ...asked } : asked
    return ports.direct && !c.get('indirect')
      ? relayDirectly({ ...ports, direct: ports.direct }, c, request)
      : relayAsStream(ports, c, request)
  }
}

async function relayDirectly(
  { direct, forwardHeaders: forwarded }: RelayPorts & { readonly direct: DirectRelay },
  c: GatewayContext,
  request: RelayRequest,
): ReturnType<Relay> {
  const relayed = await direct(c, {
    ...request,
    method: 'POST',
    search: searchOf(c),
    forwarded,
    responseHeaders: ownHeaders(c),
    passes,
  })
  if (relayed.ok) return relayed.value
  const { failure, response } = relayed.failure
  if (response === null) throw failureToError(failure)
  return { status: null, response }
}

async function relayAsStream(
  { transport, apiKey, forwardHeaders: forwarded }: RelayPorts,
  c: GatewayContext,
  { path, keyHeader, body, copy }: RelayRequest,
): ReturnType<Relay> {
  const piped = c.req.raw.body
  const sent = await transport({
    method: 'POST',
    path,
    search: searchOf(c),
    headers: relayRequestHeaders({ headers: c.req.raw.headers, apiKey, keyHeader, forwarded }),
    body: body ?? (piped && copy ? copyThrough(piped, copy) : piped),
    length: c.req.raw.headers.get('content-length'),
    signal: c.req.raw.signal,
  })
  if (!sent.ok) throw failureToError(sent.failure)
  const { status, headers, body: answer } = sent.value
  if (!passes(status)) {
    await answer?.cancel()
    throw new GatewayError('upstream_error')
  }
  const response = new Response(answer, {
    status,
    headers: relayResponseHeaders(headers, ownHeaders(c)).map(([name, value]): [string, string] => [
      name,
      value,
    ]),
  })
  return { status, response }
}

function ownHeaders(c: GatewayContext): HeaderPairs {
  const exchange = c.get('exchange')
  if (!exchange) return [['x-request-id', c.get('requestId')]]
  return Object.entries({ ...exchangeHeaders(exchange), 'x-chambers-outcome': 'passed' })
}

/** Of a client's query only the version of the API goes up, which Azure's servers ask for: servers read keys and routes from it too. */
function searchOf(c: GatewayContext): string {
  const version = c.req.query('api-version')
  return version === undefined ? '' : `?${new URLSearchParams({ 'api-version': version })}`
}
