/**
 * Responds on `/v1/*`: with an answer as JSON, with one in a stream that is held until it may leave, with an error.
 * No I/O of its own. Nothing here knows reasoning: it is given what was released, and nothing else.
 */
import type { OutcomeKind } from '../conversation/outcome.ts'
import { GatewayError } from '../errors.ts'
import type { Deadline } from '../http/deadline.ts'
import { encodeEvent } from '../http/event-stream.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import type { Door } from '../wire/door.ts'
import { DOORS } from '../wire/doors.ts'
import { type Exchange, exchangeHeaders } from './exchange.ts'
import { holdStream } from './hold.ts'
import type { Reply, WrittenAnswer } from './written-answer.ts'

/** How long a stream's headers wait for the upstream, so that early failures keep their status. */
const HEADERS_WAIT_MS = 2_000

/** Durations in milliseconds; what is unknown is left out. */
export type ServerTiming = {
  readonly totalMs: number
  readonly modelMs?: number
  readonly selectMs?: number
}

/** What may leave, as it was checked, and how long it took. */
export type Conclusion = { readonly written: WrittenAnswer; readonly timing: ServerTiming }

export type RespondOptions = {
  /** Must not reject. */
  readonly work: Promise<Result<Conclusion, GatewayError>>
  /** Resolves when the upstream has accepted the first call. */
  readonly accepted: Promise<void>
  readonly deadline: Deadline
  readonly report: (error: unknown, requestId: string) => void
}

/** @throws GatewayError where there is no answer and the status can still tell so. */
export async function respond(reply: Reply, options: RespondOptions): Promise<Response> {
  if (reply.asked.inquiry.stream) return respondWithStream(reply, options)
  const concluded = await options.work
  if (!concluded.ok) throw concluded.failure
  return jsonAnswer(reply.exchange, concluded.value.written.body, headOf(concluded.value))
}

async function respondWithStream(
  reply: Reply,
  { work, accepted, deadline, report }: RespondOptions,
): Promise<Response> {
  const early = await firstOf(work, accepted)
  if (early) {
    if (!early.ok) throw early.failure
    return streamAnswer(reply.exchange, early.value.written.body, headOf(early.value))
  }
  const { door, requestId } = reply.exchange
  const body = holdStream({
    answer: work
      .then((concluded) => (concluded.ok ? succeed(concluded.value.written.body) : concluded))
      .catch((cause: unknown) => {
        report(cause, requestId)
        return fail(new GatewayError('internal_error', { cause }))
      }),
    writeError: (error) => encodeEvent(DOORS[door].errorEvent(error, requestId)),
    onCancel: deadline.cancel,
  })
  return streamAnswer(reply.exchange, body, {})
}

/** The outcome if it comes before the upstream's acceptance and before the wait is over; else null. */
async function firstOf(work: RespondOptions['work'], accepted: Promise<void>) {
  let timer: ReturnType<typeof setTimeout> | undefined
  const waited = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), HEADERS_WAIT_MS)
  })
  try {
    return await Promise.race([work, accepted.then(() => null), waited])
  } finally {
    clearTimeout(timer)
  }
}

function headOf({ written, timing }: Conclusion): AnswerHead {
  return { outcome: written.outcome, timing, headers: written.headers }
}

type AnswerHead = {
  /** Absent on a stream whose headers leave before its outcome is known. */
  readonly outcome?: OutcomeKind
  readonly timing?: ServerTiming
  /** Of the upstream, by allow-list. */
  readonly headers?: Readonly<Record<string, string>>
}

function answerHeaders(exchange: Exchange, head: AnswerHead): Record<string, string> {
  return {
    ...head.headers,
    ...exchangeHeaders(exchange),
    ...idHeader(DOORS[exchange.door], exchange.requestId),
    'cache-control': 'no-store',
    ...(head.outcome && { 'x-chambers-outcome': head.outcome }),
    ...(head.timing && { 'server-timing': serverTiming(head.timing) }),
  }
}

function jsonAnswer(exchange: Exchange, body: string, head: AnswerHead): Response {
  return new Response(body, {
    headers: { ...answerHeaders(exchange, head), 'content-type': 'application/json' },
  })
}

function streamAnswer(
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

export function errorAnswer(
  error: GatewayError,
  requestId: string,
  exchange: Exchange | undefined,
  door: Pick<Door, 'errorAnswer' | 'requestIdHeader'>,
): Response {
  const { status, body } = door.errorAnswer(error, requestId)
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      ...error.headers,
      ...(exchange ? exchangeHeaders(exchange) : { 'x-request-id': requestId }),
      ...idHeader(door, requestId),
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    },
  })
}

function idHeader(
  { requestIdHeader: name }: Pick<Door, 'requestIdHeader'>,
  requestId: string,
): Record<string, string> {
  return name === undefined ? {} : { [name]: requestId }
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
