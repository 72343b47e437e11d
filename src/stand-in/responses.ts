/**
 * HTTP responses of the stand-in: JSON, OpenAI's error envelope, event streams, and bodies that break off.
 * No I/O beyond the body it makes. Every wait ends at once when the caller aborts.
 */
import type { JsonObject } from '../lib/json.ts'

export type ErrorOptions = {
  readonly status: number
  readonly message: string
  readonly code?: string | null
  readonly param?: string | null
}

export type Wait = (ms: number, signal: AbortSignal) => Promise<void>

export type StreamOptions = {
  readonly signal: AbortSignal
  readonly wait: Wait
  /** Milliseconds before each event. */
  readonly dripMs: number
  /** Break off after so many events. */
  readonly cutAfter?: number
}

const encoder = new TextEncoder()
const JSON_TYPE = { 'content-type': 'application/json' }

export function jsonResponse(body: JsonObject, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: JSON_TYPE })
}

export function errorObject({ status, message, code, param }: ErrorOptions): JsonObject {
  const type = status === 429 ? 'rate_limit_error' : status >= 500 ? 'api_error' : null
  return {
    error: {
      message,
      type: type ?? 'invalid_request_error',
      param: param ?? null,
      code: code ?? null,
    },
  }
}

export function errorResponse(options: ErrorOptions): Response {
  const busy = options.status === 429 || options.status === 503
  return new Response(JSON.stringify(errorObject(options)), {
    status: options.status,
    headers: busy ? { ...JSON_TYPE, 'retry-after': '1' } : JSON_TYPE,
  })
}

/** A JSON body that breaks off half-way. */
export function cutJsonResponse(body: JsonObject): Response {
  const bytes = encoder.encode(JSON.stringify(body))
  const halves = [bytes.slice(0, Math.floor(bytes.length / 2))]
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const half = halves.shift()
      if (half) controller.enqueue(half)
      else controller.error(new Error('The stand-in broke off as its marker asked'))
    },
  })
  return new Response(stream, { headers: JSON_TYPE })
}

/** An event stream of JSON chunks that ends with `[DONE]`, made only as fast as it is read. */
export function streamResponse(
  chunks: Iterator<JsonObject>,
  { signal, wait, dripMs, cutAfter = Number.POSITIVE_INFINITY }: StreamOptions,
): Response {
  let sent = 0
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (dripMs > 0) await wait(dripMs, signal)
      signal.throwIfAborted()
      if (sent++ >= cutAfter) throw new Error('The stand-in broke off as its marker asked')
      const next = chunks.next()
      const text = next.done ? '[DONE]' : JSON.stringify(next.value)
      controller.enqueue(encoder.encode(`data: ${text}\n\n`))
      if (next.done) controller.close()
    },
  })
  return new Response(stream, {
    headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' },
  })
}
