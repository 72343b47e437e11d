/**
 * The transport over `fetch`: for Workers, and for the stand-in model in the same process.
 * I/O: the given fetch. As fetch decodes bodies, it asks for none encoded and drops the headers that a decoded body belies.
 */

import type { ModelFailure, TimeoutPhase } from '../conversation/model.ts'
import { abortFailure } from '../lib/aborted.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import {
  BodyFailure,
  type HeaderPairs,
  isRedirect,
  type Transport,
  type TransportRequest,
  type TransportResponse,
  type TransportTimeouts,
  upstreamPath,
} from './transport.ts'

/** Fetch tells no earlier moment than its call, so that connecting counts as waiting for the first byte. */
export type FetchTransportOptions = {
  /** Scheme, host and path prefix of every call, like `https://api.openai.com/v1`. */
  readonly baseUrl: string
  /** The platform's fetch, or a function that answers in its place. */
  readonly fetch: (request: Request) => Promise<Response>
} & Omit<TransportTimeouts, 'connectMs'>

export function createFetchTransport(options: FetchTransportOptions): Transport {
  const base = new URL(options.baseUrl)
  return async (request) => {
    const watch = createWatch(request.signal)
    watch.arm('first_token', options.firstByteMs)
    try {
      const response = await options.fetch(toFetchRequest(base, request, watch.signal))
      watch.disarm()
      return await receive(response, watch, options)
    } catch {
      watch.disarm()
      return fail(watch.failure() ?? { reason: 'model_unreachable', detail: 'fetch failed' })
    }
  }
}

/** Fetch streams a body only when told that it need not answer before the body has ended. */
type StreamingInit = RequestInit & { readonly duplex?: 'half' }

function toFetchRequest(base: URL, request: TransportRequest, signal: AbortSignal): Request {
  const headers = new Headers()
  for (const [name, value] of request.headers) headers.append(name, value)
  headers.set('accept-encoding', 'identity')
  const init: StreamingInit = {
    method: request.method,
    headers,
    body: request.body,
    redirect: 'manual',
    signal,
    ...(request.body instanceof ReadableStream ? { duplex: 'half' } : {}),
  }
  return new Request(new URL(upstreamPath(base, request.path, request.search), base), init)
}

type BodyTimeouts = Pick<TransportTimeouts, 'firstByteMs' | 'idleMs'>

async function receive(
  response: Response,
  watch: Watch,
  timeouts: BodyTimeouts,
): Promise<Result<TransportResponse, ModelFailure>> {
  // Browsers' fetch hides a redirect behind status 0; Node and Workers show it.
  if (isRedirect(response.status) || response.type === 'opaqueredirect') {
    await response.body?.cancel()
    return fail({ reason: 'model_error_status', status: response.status })
  }
  return succeed({
    status: response.status,
    headers: decodedHeaders(response.headers),
    body: response.body && watchBody(response.body, watch, timeouts),
  })
}

function decodedHeaders(headers: Headers): HeaderPairs {
  const wasEncoded = headers.has('content-encoding')
  return [...headers].filter(
    ([name]) => !(wasEncoded && (name === 'content-encoding' || name === 'content-length')),
  )
}

function watchBody(
  body: ReadableStream<Uint8Array>,
  watch: Watch,
  { firstByteMs, idleMs }: BodyTimeouts,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  let hasBegun = false
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (hasBegun) watch.arm('idle', idleMs)
      else watch.arm('first_token', firstByteMs)
      try {
        const { done, value } = await reader.read()
        hasBegun = true
        if (done) controller.close()
        else controller.enqueue(value)
      } catch {
        throw new BodyFailure(watch.failure() ?? { reason: 'model_cut' })
      } finally {
        watch.disarm()
      }
    },
    cancel: (reason) => reader.cancel(reason),
  })
}

type Watch = {
  /** Aborts with the caller's signal, or when an armed time has passed. */
  readonly signal: AbortSignal
  arm(phase: TimeoutPhase, ms: number): void
  disarm(): void
  /** Why the signal aborted; null when it did not. */
  failure(): ModelFailure | null
}

function createWatch(caller: AbortSignal): Watch {
  const timeout = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  let passed: TimeoutPhase | null = null
  return {
    signal: AbortSignal.any([caller, timeout.signal]),
    arm(phase, ms) {
      timer = setTimeout(() => {
        passed = phase
        timeout.abort()
      }, ms)
    },
    disarm: () => clearTimeout(timer),
    failure() {
      if (passed !== null) return { reason: 'model_timeout', phase: passed }
      return caller.aborted ? abortFailure(caller) : null
    },
  }
}
