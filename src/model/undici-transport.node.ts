/**
 * The transport on Node: undici's pool, which costs a fraction of `fetch`, and the relay that pipes through it.
 * I/O: connections to one origin, kept alive. It never retries, never follows a redirect, never decodes a body.
 */
import { Readable } from 'node:stream'
import { type Dispatcher, Pool } from 'undici'
import type { Clock } from '../lib/clock.ts'
import { fail, succeed } from '../lib/result.ts'
import {
  BodyFailure,
  type HeaderPairs,
  isRedirect,
  type Transport,
  type TransportTimeouts,
  upstreamPath,
} from './transport.ts'
import { undiciFailure } from './undici-failure.node.ts'
import { createNodeRelay, type NodeRelay } from './undici-relay.node.ts'
import { toWebStream } from './web-stream.node.ts'

export type UndiciTransportOptions = {
  /** Scheme, host and path prefix of every call, like `https://api.openai.com/v1`. */
  readonly baseUrl: string
  readonly timeouts: TransportTimeouts
  readonly clock: Clock
}

export type UndiciTransport = {
  readonly send: Transport
  /** The fastest way from one Node request to one Node response: no web streams between. */
  readonly relayNode: NodeRelay
  /** Waits for open exchanges, then closes the connections. */
  close(): Promise<void>
  /** Ends open exchanges at once. */
  destroy(): Promise<void>
}

export function createUndiciTransport({
  baseUrl,
  timeouts,
  clock,
}: UndiciTransportOptions): UndiciTransport {
  const base = new URL(baseUrl)
  const pool = new Pool(base.origin, {
    // Streams hold a connection for minutes: a bound here would be a bound on concurrent answers.
    connections: null,
    pipelining: 1,
    // One exchange a connection: over HTTP/2 a slow client's pause would be felt by its neighbours.
    allowH2: false,
    connect: { timeout: timeouts.connectMs },
    headersTimeout: timeouts.firstByteMs,
    bodyTimeout: timeouts.idleMs,
  })
  return {
    send: createSend(base, pool),
    relayNode: createNodeRelay({ base, pool, timeouts, clock }),
    close: () => pool.close(),
    destroy: () => pool.destroy(),
  }
}

function createSend(base: URL, pool: Pool): Transport {
  return async ({ method, path, search, headers, body, length = null, signal }) => {
    const isPiped = body instanceof ReadableStream
    try {
      const response = await pool.request({
        method,
        path: upstreamPath(base, path, search),
        headers: [
          ...headers.flat(),
          ...(isPiped && length !== null ? ['content-length', length] : []),
        ],
        body: isPiped ? Readable.from(chunksOf(body)) : body,
        signal,
      })
      if (isRedirect(response.statusCode)) {
        response.body.on('error', ignore).destroy()
        return fail({ reason: 'model_error_status', status: response.statusCode })
      }
      return succeed({
        status: response.statusCode,
        headers: headerPairs(response.headers),
        body: toWebStream(
          response.body,
          (error) => new BodyFailure(undiciFailure(error, { signal, begun: true })),
        ),
      })
    } catch (error) {
      return fail(undiciFailure(error, { signal, begun: false }))
    }
  }
}

function headerPairs(headers: Dispatcher.ResponseData['headers']): HeaderPairs {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((item): [string, string] => [name, item]),
  )
}

/** A body that is thrown away reports its own destruction, which nobody waits for. */
function ignore(): void {}

async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* stream
}
