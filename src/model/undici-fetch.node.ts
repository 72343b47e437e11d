/**
 * A `fetch` for model calls on Node, over `undici.request`: the same replies at a third of the cost.
 * I/O: a pool of kept-alive connections. Only what these need of fetch: a whole body, headers, a signal, and a
 * streamed reply. It never retries and never follows a redirect.
 */
import type { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { Agent, request } from 'undici'
import type { Fetch } from './openai-client.ts'
import { toWebStream } from './web-stream.node.ts'

export type UndiciFetch = {
  readonly fetch: Fetch
  close(): Promise<void>
}

/** Statuses that the standard gives no body. */
const WITHOUT_BODY: readonly number[] = [101, 204, 205, 304]

/** `connectMs` bounds connecting alone; every later wait is bounded by the caller's signal. */
export function createUndiciFetch(options: { readonly connectMs: number }): UndiciFetch {
  const dispatcher = new Agent({
    connect: { timeout: options.connectMs },
    // Streams hold a connection for minutes: a bound here would be a bound on concurrent answers.
    connections: null,
    pipelining: 1,
    // One exchange a connection, as in the transport.
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  return {
    async fetch(input, init = {}) {
      const { body = null, method = 'GET', signal = null } = init
      if (body !== null && typeof body !== 'string' && !(body instanceof Uint8Array)) {
        throw new TypeError('Cannot send a body that is neither text nor bytes')
      }
      const headers = isRecord(init.headers)
        ? init.headers
        : Object.fromEntries(new Headers(init.headers))
      const url = input instanceof Request ? input.url : input
      const reply = await request(url, { dispatcher, method, headers, body, signal })
      const isBare = WITHOUT_BODY.includes(reply.statusCode)
      if (isBare) reply.body.resume()
      return new Response(
        isBare ? null : toWebStream(decoded(reply.body, reply.headers), (error) => error),
        {
          status: reply.statusCode,
          headers: toHeaders(reply.headers),
        },
      )
    },
    close: () => dispatcher.close(),
  }
}

function isRecord(headers: RequestInit['headers']): headers is Record<string, string> {
  return headers !== undefined && !(headers instanceof Headers) && !Array.isArray(headers)
}

type IncomingHeaders = Readonly<Record<string, string | string[] | undefined>>

function toHeaders(incoming: IncomingHeaders): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(incoming)) {
    for (const item of [value ?? []].flat()) headers.append(name, item)
  }
  return headers
}

/** None was asked for, yet some servers encode regardless. */
function decoded(body: Readable, headers: IncomingHeaders): Readable {
  const decoder = createDecoder([headers['content-encoding'] ?? ''].flat().join().toLowerCase())
  if (decoder === null) return body
  body.once('error', (error) => decoder.destroy(error))
  decoder.once('close', () => body.on('error', ignore).destroy())
  return body.pipe(decoder)
}

function createDecoder(encoding: string) {
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip()
  if (encoding === 'deflate') return createInflate()
  return encoding === 'br' ? createBrotliDecompress() : null
}

/** A body that is thrown away reports its own destruction, which nobody waits for. */
function ignore(): void {}
