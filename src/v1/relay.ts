/**
 * A request passed to the upstream and its answer passed back, as bytes: never parsed, never delayed.
 * Only what is no answer to the client at all becomes an error: no upstream, a redirect, the gateway's own credentials refused.
 */

import type { ModelFailure } from '../conversation/model.ts'
import { GatewayError } from '../errors.ts'
import { startDeadline } from '../http/deadline.ts'
import type { Result } from '../lib/result.ts'
import { relayRequestHeaders, relayResponseHeaders } from '../model/relay-headers.ts'
import type { HeaderPairs, Transport } from '../model/transport.ts'
import { exchangeHeaders, type GatewayContext } from './exchange.ts'
import { failureToError } from './failure-to-error.ts'

export type RelayRequest = {
  /** Below the upstream's base, not encoded: `['chat', 'completions']`. */
  readonly path: readonly string[]
  /** The body where it was read already; else it is piped. */
  readonly body?: Uint8Array<ArrayBuffer>
}

/** How a relay ended: the upstream's status, or null when the client got an error of the gateway's. */
export type RelayEnd = { readonly status: number | null }

/** A platform's way from its own request to its own response, where it has one that is faster. */
export type DirectRelay = (
  c: GatewayContext,
  request: RelayRequest & {
    readonly method: 'POST'
    readonly search: string
    readonly responseHeaders: HeaderPairs
    readonly passes: (status: number) => boolean
    readonly signal: AbortSignal
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
  /** To the head of the answer, and to its end where bodies are watched. */
  readonly deadlineMs: number
  /** False where the platform pipes a body by itself, cancels it by itself, and faster than any code could. */
  readonly watchBodies: boolean
}

/** Relays one POST; the promise settles with the response's head, or with its end where the platform relays directly. */
export type Relay = (
  c: GatewayContext,
  request: RelayRequest,
) => Promise<RelayEnd & { readonly response: Response }>

/** A refusal of the gateway's credentials is not the client's fault, so it is not the client's answer either. */
const passes = (status: number): boolean => status !== 401 && status !== 403

export function createRelay(ports: RelayPorts): Relay {
  return function relay(c, request) {
    return ports.direct && !c.get('indirect')
      ? relayDirectly(ports.direct, ports, c, request)
      : relayAsStream(ports, c, request)
  }
}

async function relayDirectly(
  direct: DirectRelay,
  { deadlineMs }: RelayPorts,
  c: GatewayContext,
  request: RelayRequest,
): ReturnType<Relay> {
  const deadline = startDeadline({ ms: deadlineMs })
  const relayed = await direct(c, {
    ...request,
    method: 'POST',
    search: searchOf(c),
    responseHeaders: ownHeaders(c),
    passes,
    signal: deadline.signal,
  }).finally(deadline.end)
  if (relayed.ok) return relayed.value
  const { failure, response } = relayed.failure
  if (response === null) throw failureToError(failure)
  return { status: null, response }
}

async function relayAsStream(
  { transport, apiKey, deadlineMs, watchBodies }: RelayPorts,
  c: GatewayContext,
  { path, body }: RelayRequest,
): ReturnType<Relay> {
  const deadline = startDeadline({ ms: deadlineMs, client: c.req.raw.signal })
  const sent = await transport({
    method: 'POST',
    path,
    search: searchOf(c),
    headers: relayRequestHeaders({ headers: c.req.raw.headers, apiKey }),
    body: body ?? c.req.raw.body,
    signal: deadline.signal,
  })
  if (!sent.ok) {
    deadline.end()
    throw failureToError(sent.failure)
  }
  const { status, headers } = sent.value
  if (!passes(status)) {
    deadline.end()
    await sent.value.body?.cancel()
    throw new GatewayError('upstream_error')
  }
  const { body: answer } = sent.value
  if (!answer || !watchBodies) deadline.end()
  const response = new Response(answer && watchBodies ? watchEnd(answer, deadline) : answer, {
    status,
    headers: relayResponseHeaders(headers, ownHeaders(c)).map(([name, value]): [string, string] => [
      name,
      value,
    ]),
  })
  return { status, response }
}

/** Ends the deadline with the body, and tells the upstream when the reader has gone. */
function watchEnd(
  body: ReadableStream<Uint8Array>,
  deadline: ReturnType<typeof startDeadline>,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (!done) return controller.enqueue(value)
        deadline.end()
        controller.close()
      } catch (error) {
        deadline.end()
        // An end without an error would claim a whole answer.
        controller.error(error)
      }
    },
    async cancel(reason) {
      deadline.cancel()
      await reader.cancel(reason)
    },
  })
}

function ownHeaders(c: GatewayContext): HeaderPairs {
  const exchange = c.get('exchange')
  if (!exchange) return [['x-request-id', c.get('requestId')]]
  return Object.entries({ ...exchangeHeaders(exchange), 'x-chambers-outcome': 'passed' })
}

function searchOf(c: GatewayContext): string {
  const start = c.req.url.indexOf('?')
  return start === -1 ? '' : c.req.url.slice(start)
}
