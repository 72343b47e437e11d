/**
 * A relay on Node without web streams: the upstream's pieces go straight to the client's response as they arrive.
 * I/O: one exchange with the upstream. Until the upstream's headers are there nothing is written, so that a failure can
 * still be answered; after that a failure destroys the client's connection, because a clean end would claim a whole answer.
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Dispatcher, Pool } from 'undici'
import type { ModelFailure } from '../conversation/model.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { relayResponseHeaders } from './relay-headers.ts'
import { type HeaderPairs, isRedirect, upstreamPath } from './transport.ts'
import { undiciFailure } from './undici-failure.node.ts'

export type NodeRelayRequest = {
  readonly outgoing: ServerResponse
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** As in `TransportRequest`. */
  readonly path: readonly string[]
  readonly search?: string
  /** As made by `relayRequestHeaders`. */
  readonly headers: HeaderPairs
  /** The body read already, or the client's request to be piped, or none. */
  readonly body: Uint8Array | IncomingMessage | null
  /** Headers of the gateway's own, in place of the vendor's of the same names. */
  readonly responseHeaders?: HeaderPairs
  /** Which statuses are passed on; redirects never are. The others fail before anything is written. */
  readonly passes?: (status: number) => boolean
  /** Ends the exchange; the client's leaving does so by itself. */
  readonly signal?: AbortSignal
}

export type NodeRelayEnd = { readonly status: number; readonly bytes: number }

export type NodeRelayFailure = {
  readonly failure: ModelFailure
  /** True: the client has had headers, and its connection was destroyed. False: nothing was written. */
  readonly begun: boolean
}

/** Relays one exchange; settles when the client has had all of it, or when it failed. Never rejects. */
export type NodeRelay = (
  request: NodeRelayRequest,
) => Promise<Result<NodeRelayEnd, NodeRelayFailure>>

export function createNodeRelay(base: URL, pool: Pool): NodeRelay {
  return (request) =>
    new Promise((resolve) => {
      const { method, path, search, headers, body } = request
      const length = body && !(body instanceof Uint8Array) ? body.headers['content-length'] : null
      pool.dispatch(
        {
          method,
          path: upstreamPath(base, path, search),
          // A piped body keeps its declared length: some servers refuse chunked requests.
          headers: [...headers.flat(), ...(length ? ['content-length', length] : [])],
          body,
        },
        new RelayHandler(request, resolve),
      )
    })
}

type Settle = (result: Result<NodeRelayEnd, NodeRelayFailure>) => void

/** Writes what undici reports of one exchange. A class because undici calls it by method. */
class RelayHandler implements Dispatcher.DispatchHandler {
  readonly #request: NodeRelayRequest
  readonly #settle: Settle
  readonly #ended = new AbortController()
  #controller: Dispatcher.DispatchController | null = null
  #refused = 0
  #begun = false
  #bytes = 0

  constructor(request: NodeRelayRequest, settle: Settle) {
    this.#request = request
    this.#settle = settle
    request.outgoing.once('close', this.#leave)
    request.signal?.addEventListener('abort', this.#abort, { once: true })
    if (request.signal?.aborted) this.#abort()
    if (request.outgoing.destroyed) this.#leave()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#ended.signal.aborted) controller.abort(GONE)
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    // Informational responses precede the real one and are the connection's own.
    if (status < 200) return
    const { outgoing, responseHeaders, passes } = this.#request
    if (isRedirect(status) || passes?.(status) === false) {
      this.#refused = status
      controller.abort(GONE)
      return
    }
    this.#begun = true
    outgoing.on('drain', () => controller.resume())
    outgoing.writeHead(status, relayResponseHeaders(pairs(headers), responseHeaders).flat())
    // The first byte of a stream may be long in coming, and its headers say that it will.
    if (!headers['content-length']) outgoing.flushHeaders()
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length
    if (!this.#request.outgoing.write(chunk)) controller.pause()
  }

  onResponseEnd(): void {
    const { outgoing } = this.#request
    this.#release()
    outgoing.end()
    this.#settle(succeed({ status: outgoing.statusCode, bytes: this.#bytes }))
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#release()
    if (this.#begun) this.#request.outgoing.destroy()
    this.#settle(fail({ failure: this.#failure(error), begun: this.#begun }))
  }

  #failure(error: Error): ModelFailure {
    if (this.#refused === 401 || this.#refused === 403) {
      return { reason: 'model_unauthorized', status: this.#refused }
    }
    if (this.#refused > 0) return { reason: 'model_error_status', status: this.#refused }
    return undiciFailure(error, { signal: this.#ended.signal, begun: this.#begun })
  }

  readonly #leave = (): void => this.#end('client')

  readonly #abort = (): void => this.#end(this.#request.signal?.reason)

  #end(reason: unknown): void {
    if (this.#ended.signal.aborted) return
    this.#ended.abort(reason)
    this.#controller?.abort(GONE)
  }

  #release(): void {
    this.#request.outgoing.off('close', this.#leave)
    this.#request.signal?.removeEventListener('abort', this.#abort)
  }
}

/** Made once: a stack trace for every client that leaves would cost more than the relay. */
const GONE = new Error('The exchange was ended')

function* pairs(headers: IncomingHttpHeaders): Generator<readonly [string, string]> {
  for (const [name, value] of Object.entries(headers)) {
    if (Array.isArray(value)) for (const item of value) yield [name, item]
    else if (value !== undefined) yield [name, value]
  }
}
