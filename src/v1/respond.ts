/**
 * The responses of `/v1/*`: an answer as JSON, a stream's head, an error. Headers in one place. No I/O.
 * Nothing here knows reasoning: it is given bodies that are ready to leave.
 */
import type { OutcomeKind } from '../conversation/outcome.ts'
import type { GatewayError } from '../errors.ts'
import type { JsonObject } from '../lib/json.ts'
import { errorBody } from '../wire/error-body.ts'
import { type Exchange, exchangeHeaders } from './exchange.ts'

/** Durations in milliseconds; what is unknown is left out. */
export type ServerTiming = {
  readonly totalMs: number
  readonly modelMs?: number
  readonly selectMs?: number
}

export type AnswerHead = {
  /** Absent on a stream whose headers leave before its outcome is known. */
  readonly outcome?: OutcomeKind
  readonly timing?: ServerTiming
  /** Of the upstream, by allow-list. */
  readonly headers?: Readonly<Record<string, string>>
}

export function answerHeaders(exchange: Exchange, head: AnswerHead): Record<string, string> {
  return {
    ...head.headers,
    ...exchangeHeaders(exchange),
    'cache-control': 'no-store',
    ...(head.outcome && { 'x-chambers-outcome': head.outcome }),
    ...(head.timing && { 'server-timing': serverTiming(head.timing) }),
  }
}

export function jsonAnswer(exchange: Exchange, body: JsonObject, head: AnswerHead): Response {
  return new Response(JSON.stringify(body), {
    headers: { ...answerHeaders(exchange, head), 'content-type': 'application/json' },
  })
}

export function streamAnswer(
  exchange: Exchange,
  body: string | ReadableStream<Uint8Array<ArrayBuffer>>,
  head: AnswerHead,
): Response {
  return new Response(body, {
    headers: {
      ...answerHeaders(exchange, head),
      'content-type': 'text/event-stream; charset=utf-8',
      // Some proxies hold a stream back until it is whole, comments included.
      'x-accel-buffering': 'no',
    },
  })
}

export function errorResponse(
  error: GatewayError,
  requestId: string,
  exchange: Exchange | undefined,
): Response {
  return new Response(JSON.stringify(errorBody(error)), {
    status: error.status,
    headers: {
      ...error.headers,
      ...(exchange ? exchangeHeaders(exchange) : { 'x-request-id': requestId }),
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...(error.status === 401 && { 'www-authenticate': 'Bearer' }),
    },
  })
}

function serverTiming({ totalMs, modelMs, selectMs }: ServerTiming): string {
  const entries: readonly (readonly [string, number | undefined])[] = [
    ['total', totalMs],
    ['model', modelMs],
    ['select', selectMs],
  ]
  return entries
    .filter((entry): entry is readonly [string, number] => entry[1] !== undefined)
    .map(([name, ms]) => `${name};dur=${ms.toFixed(1)}`)
    .join(', ')
}
