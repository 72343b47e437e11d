/**
 * The port to an upstream as bytes: what relays are made of. A request in, a status, headers and a body out.
 * No I/O here. A transport sends once and never again: it neither retries, nor follows redirects, nor knows JSON.
 */

import type { ModelFailure } from '../conversation/model.ts'
import type { Result } from '../lib/result.ts'

/** Headers in order, names in any case; a name may stand several times. */
export type HeaderPairs = readonly (readonly [name: string, value: string])[]

export type TransportRequest = {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Path segments below the configured base URL, not encoded: `['models', 'a/b']`. */
  readonly path: readonly string[]
  /** The client's query, with its question mark, or an empty string. */
  readonly search?: string
  /** As made by `relayRequestHeaders`: framing and hop-by-hop headers are the transport's own business. */
  readonly headers: HeaderPairs
  readonly body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null
  /** Of a body that is piped, as it was declared; some servers refuse one of no declared length. */
  readonly length?: string | null
  readonly signal: AbortSignal
}

export type TransportResponse = {
  readonly status: number
  /** As received, less those that no longer describe `body`. */
  readonly headers: HeaderPairs
  /** Errors with a `BodyFailure` when it stalls, breaks off or is aborted. */
  readonly body: ReadableStream<Uint8Array> | null
}

/** Sends one request. Any status but a redirect is a success here; a redirect is `model_error_status`. */
export type Transport = (
  request: TransportRequest,
) => Promise<Result<TransportResponse, ModelFailure>>

/** Bounds of one exchange, in milliseconds. */
export type TransportTimeouts = {
  readonly connectMs: number
  /** From the request sent to the response's headers, and from these to the first piece of its body. */
  readonly firstByteMs: number
  /** Between two pieces of the body. */
  readonly idleMs: number
}

/** How a body errors after its headers were passed on. */
export class BodyFailure extends Error {
  override readonly name = 'BodyFailure'
  readonly failure: ModelFailure

  constructor(failure: ModelFailure) {
    super(`The upstream's body failed: ${failure.reason}`)
    this.failure = failure
  }
}

export function isRedirect(status: number): boolean {
  return status >= 300 && status < 400
}

/**
 * The path and query of an upstream route: the configured base's path, the encoded segments, the client's query.
 * @throws TypeError for an empty or dotted segment, which would name another route than the caller means.
 */
export function upstreamPath(base: URL, path: readonly string[], search = ''): string {
  const prefix = base.pathname.replace(/(?<!\/)\/+$/, '')
  const segments = path.map((segment) => {
    if (segment === '' || segment === '.' || segment === '..') {
      throw new TypeError(`Cannot build an upstream path from the segment '${segment}'`)
    }
    return encodeURIComponent(segment)
  })
  return `${prefix}/${segments.join('/')}${search}`
}
