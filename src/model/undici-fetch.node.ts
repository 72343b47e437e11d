/**
 * A `fetch` for model calls on Node, over `undici.request`: the same replies at a third of the cost.
 * I/O: a pool of kept-alive connections. Only what these need of fetch: a whole body, headers, a signal, and a
 * streamed reply. It never retries and never follows a redirect.
 */
import { once } from 'node:events'
import type { Duplex, Readable } from 'node:stream'
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib'
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
        isBare ? null : toWebStream(await decoded(reply.body, reply.headers), (error) => error),
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

/** None was asked for, yet some servers encode regardless; what was done last is undone first. */
async function decoded(body: Readable, headers: IncomingHeaders): Promise<Readable> {
  const codings = [headers['content-encoding'] ?? ''].flat().join().toLowerCase().split(',')
  let text = body
  for (const coding of codings.reverse()) {
    const decoder = await createDecoder(coding.trim(), text)
    if (decoder !== null) text = through(text, decoder)
  }
  return text
}

function through(body: Readable, decoder: Duplex): Readable {
  body.once('error', (error) => decoder.destroy(error))
  decoder.once('close', () => body.on('error', ignore).destroy())
  return body.pipe(decoder)
}

async function createDecoder(coding: string, body: Readable): Promise<Duplex | null> {
  if (coding === 'gzip' || coding === 'x-gzip') return createGunzip()
  if (coding === 'deflate')
    return (await hasZlibHeader(body)) ? createInflate() : createInflateRaw()
  if (coding === 'zstd') return createZstdDecompress()
  return coding === 'br' ? createBrotliDecompress() : null
}

/** Servers disagree on what deflate means: with the header of zlib (RFC 1950), as the standard has it, or bare (RFC 1951). */
async function hasZlibHeader(body: Readable): Promise<boolean> {
  await once(body, 'readable')
  const start: Buffer | null = body.read()
  if (start === null) return true
  body.unshift(start)
  return ((start[0] ?? 0) & 0x0f) === 8
}

/** A body that is thrown away reports its own destruction, which nobody waits for. */
function ignore(): void {}
