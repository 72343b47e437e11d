/**
 * A relay on Node without web streams: the upstream's pieces go straight to the client's response as they arrive.
 * I/O: one exchange with the upstream. Until the upstream's headers are there nothing is written, so that a failure can
 * still be answered; after that a failure destroys the client's connection, because a clean end would claim a whole answer.
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { Dispatcher, Pool } from 'undici'
import type { ModelFailure, TimeoutPhase } from '../conversation/model.ts'
import type { Clock } from '../lib/clock.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { relayResponseHeaders } from './relay-headers.ts'
import { SilenceTimer } from './silence-timer.ts'
import { type HeaderPairs, isRedirect, type TransportTimeouts, upstreamPath } from './transport.ts'
import { undiciFailure } from './undici-failure.node.ts'

export type NodeRelayRequest = {
  readonly outgoing: ServerResponse
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** As in `TransportRequest`. */
  readonly path: readonly string[]
  readonly search?: string
  /** As made by `relayRequestHeaders`. */
  readonly headers: HeaderPairs
  /** The body read already, or the client's request or another stream to be piped, or none. */
  readonly body: Uint8Array | IncomingMessage | Readable | null
  /** Headers of the gateway's own, in place of the vendor's of the same names. */
  readonly responseHeaders?: HeaderPairs
  /** Which statuses are passed on; redirects never are. The others fail before anything is written. */
  readonly passes?: (status: number) => boolean
}

export type NodeRelayEnd = { readonly status: number; readonly bytes: number }

export type NodeRelayFailure = {
  readonly failure: ModelFailure
  /** True: the client has had headers, and its connection was destroyed. False: nothing was written. */
  readonly begun: boolean
}

/** Relays one exchange; settles when the client has had all of it, has left, or when it failed. Never rejects. */
export type NodeRelay = (
  request: NodeRelayRequest,
) => Promise<Result<NodeRelayEnd, NodeRelayFailure>>

export type NodeRelayOptions = {
  readonly base: URL
  /** Keeps the times to a connection and to the response's headers. */
  readonly pool: Pool
  /** There is no total: whoever still writes is let write. */
  readonly timeouts: Pick<TransportTimeouts, 'firstByteMs' | 'idleMs'>
  readonly clock: Clock
}

export function createNodeRelay(options: NodeRelayOptions): NodeRelay {
  const { base, pool } = options
  return (request) =>
    new Promise((resolve) => {
      const { method, path, search, headers, body } = request
      const length = body && 'headers' in body ? body.headers['content-length'] : null
      pool.dispatch(
        {
          method,
          path: upstreamPath(base, path, search),
          // A piped body keeps its declared length: some servers refuse chunked requests.
          headers: [...headers.flat(), ...(length ? ['content-length', length] : [])],
          body,
          bodyTimeout: 0,
        },
        new RelayHandler(options, request, resolve),
      )
    })
}

type Settle = (result: Result<NodeRelayEnd, NodeRelayFailure>) => void

/** Writes what undici reports of one exchange. A class because undici calls it by method. */
class RelayHandler implements Dispatcher.DispatchHandler {
  readonly #request: NodeRelayRequest
  readonly #settle: Settle
  readonly #timeouts: NodeRelayOptions['timeouts']
  readonly #silence: SilenceTimer
  #controller: Dispatcher.DispatchController | null = null
  /** Why it was ended from this side. */
  #ended: ModelFailure | null = null
  #begun = false
  #bytes = 0

  constructor(options: NodeRelayOptions, request: NodeRelayRequest, settle: Settle) {
    this.#request = request
    this.#settle = settle
    this.#timeouts = options.timeouts
    this.#silence = new SilenceTimer(options.clock)
    request.outgoing.once('close', this.#leave)
    if (request.outgoing.destroyed) this.#leave()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#ended) controller.abort(GONE)
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
      this.#end(refusal(status))
      return
    }
    this.#begun = true
    this.#await('first_token')
    outgoing.on('drain', () => {
      this.#await('idle')
      controller.resume()
    })
    outgoing.writeHead(status, relayResponseHeaders(pairs(headers), responseHeaders).flat())
    // The first byte of a stream may be long in coming, and its headers say that it will.
    if (!headers['content-length']) outgoing.flushHeaders()
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#bytes === 0) this.#await('idle')
    else this.#silence.touch()
    this.#bytes += chunk.length
    if (this.#request.outgoing.write(chunk)) return
    // It is the client who takes nothing now.
    this.#silence.disarm()
    controller.pause()
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
    const failure = this.#ended ?? undiciFailure(error, { begun: this.#begun })
    this.#settle(fail({ failure, begun: this.#begun }))
  }

  /** Bounds the silence before the next piece. */
  #await(phase: Exclude<TimeoutPhase, 'connect' | 'total'>): void {
    const { firstByteMs, idleMs } = this.#timeouts
    this.#silence.arm(phase === 'idle' ? idleMs : firstByteMs, () =>
      this.#end({ reason: 'model_timeout', phase }),
    )
  }

  readonly #leave = (): void => this.#end({ reason: 'aborted', by: 'client' })

  #end(failure: ModelFailure): void {
    this.#ended ??= failure
    this.#controller?.abort(GONE)
  }

  #release(): void {
    this.#silence.disarm()
    this.#request.outgoing.off('close', this.#leave)
  }
}

function refusal(status: number): ModelFailure {
  const isUnauthorized = status === 401 || status === 403
  return { reason: isUnauthorized ? 'model_unauthorized' : 'model_error_status', status }
}

/** Made once: a stack trace for every client that leaves would cost more than the relay. */
const GONE = new Error('The exchange was ended')

function* pairs(headers: IncomingHttpHeaders): Generator<readonly [string, string]> {
  for (const [name, value] of Object.entries(headers)) {
    if (Array.isArray(value)) for (const item of value) yield [name, item]
    else if (value !== undefined) yield [name, value]
  }
}
