/**
 * A chat request in `enforce`: read, deliberate, record, respond, as JSON or as a held stream.
 * Nothing of a draft leaves from here but what `conclude` released.
 */
import type { Inquiry } from '../conversation/outcome.ts'
import { GatewayError } from '../errors.ts'
import { type Deadline, startDeadline } from '../http/deadline.ts'
import { encodeData, encodeDone } from '../http/event-stream.ts'
import { readJsonBody } from '../http/read.ts'
import type { Random } from '../lib/clock.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import type { Span } from '../lib/tracing.ts'
import { digestReceived, type Sha256 } from '../transcript/record/received.ts'
import { chatChunks } from '../wire/chat-chunks.ts'
import { type CompletionFrame, chatCompletion } from '../wire/chat-completion.ts'
import { type ChatRequest, readChatRequest } from '../wire/chat-request.ts'
import { errorBody } from '../wire/error-body.ts'
import { inquiryFromChat } from '../wire/inquiry.ts'
import type { Answer } from './chat.ts'
import { type ConcludePorts, type Conclusion, conclude } from './conclude.ts'
import type { Exchange, GatewayContext } from './exchange.ts'
import { holdStream } from './hold.ts'
import type { Observe } from './observe.ts'
import { passedHeaders } from './passed-headers.ts'
import { type AnswerHead, jsonAnswer, streamAnswer } from './respond.ts'

/** How long a stream's headers wait for the upstream, so that early failures keep their status. */
const HEADERS_WAIT_MS = 2_000

export type EnforcePorts = ConcludePorts & {
  readonly deadlineMs: number
  readonly maxBodyBytes: number
  /** Opens the span of a request, under the caller's own trace if it sent one. */
  readonly startSpan: (exchange: Exchange, traceparent: string | undefined) => Span
  /** Keeps the platform from forgetting work that outlives the response. */
  readonly defer: (c: GatewayContext, work: Promise<unknown>) => void
  readonly observe: Observe
  readonly random: Random
  readonly sha256: Sha256
}

export function createEnforce(ports: EnforcePorts): Answer {
  return async function enforce(c, exchange) {
    const deadline = startDeadline({ ms: ports.deadlineMs, client: c.req.raw.signal })
    try {
      const { request, received, inquiry } = await readAsked(ports, c, exchange)
      const accepted = Promise.withResolvers<void>()
      const span = ports.startSpan(exchange, c.req.header('traceparent'))
      const work = conclude(ports, {
        exchange,
        inquiry,
        request: request.body,
        received,
        signal: deadline.signal,
        span,
        onAccepted: accepted.resolve,
        onDeliberated: (deliberation) => ports.observe(c, exchange, deliberation),
      }).finally(() => {
        deadline.end()
        span.end()
      })
      // A client that goes away must not take the record of its request along.
      ports.defer(c, work)
      const reply: Reply = {
        exchange,
        request,
        frame: {
          id: `chatcmpl-${ports.random.hex(12)}`,
          created: Math.floor(exchange.time / 1000),
        },
      }
      if (!request.stream) return respondWithJson(reply, await work)
      return await respondWithStream(ports, reply, { work, accepted: accepted.promise, deadline })
    } catch (error) {
      deadline.end()
      throw error
    }
  }
}

type ReadPorts = Pick<EnforcePorts, 'maxBodyBytes' | 'metrics' | 'sha256'>

/** What is asked; a request that is refused here has cost nothing, and is counted all the same. */
async function readAsked(
  { maxBodyBytes, metrics, sha256 }: ReadPorts,
  c: GatewayContext,
  exchange: Exchange,
) {
  try {
    const body = await readJsonBody(c.req.raw, maxBodyBytes)
    const received = await digestReceived(body, sha256)
    const request = readRequest(body)
    return { request, received, inquiry: readInquiry(request, exchange) }
  } catch (error) {
    metrics.requestEnded({
      outcome: 'failed',
      mode: exchange.mode,
      policyDigest: exchange.bundle.digest,
      code: error instanceof GatewayError ? error.code : 'internal_error',
    })
    throw error
  }
}

function readRequest(body: Parameters<typeof readChatRequest>[0]): ChatRequest {
  const read = readChatRequest(body)
  if (read.ok) return read.value
  throw new GatewayError('invalid_request', read.failure)
}

function readInquiry(request: ChatRequest, { mode, bundle }: Exchange): Inquiry {
  const { hostedTools } = bundle.deliberation
  const read = inquiryFromChat(request, { mode, hostedTools })
  if (read.ok) return read.value
  throw new GatewayError('unsupported_parameter', read.failure)
}

/** What a response needs besides its outcome. */
type Reply = {
  readonly exchange: Exchange
  readonly request: ChatRequest
  readonly frame: CompletionFrame
}

type Concluded = Result<Conclusion, GatewayError>

function respondWithJson({ exchange, frame }: Reply, concluded: Concluded): Response {
  if (!concluded.ok) throw concluded.failure
  const { released } = concluded.value
  return jsonAnswer(exchange, chatCompletion(released, frame), headOf(concluded.value))
}

type StreamOptions = {
  readonly work: Promise<Concluded>
  readonly accepted: Promise<void>
  readonly deadline: Deadline
}

async function respondWithStream(
  { report }: Pick<EnforcePorts, 'report'>,
  reply: Reply,
  options: StreamOptions,
): Promise<Response> {
  const { work, accepted, deadline } = options
  const early = await firstOf(work, accepted)
  if (early) {
    if (!early.ok) throw early.failure
    return streamAnswer(reply.exchange, writeEvents(reply, early.value), headOf(early.value))
  }
  const body = holdStream({
    answer: work
      .then((concluded) =>
        concluded.ok ? succeed(writeEvents(reply, concluded.value)) : concluded,
      )
      .catch((cause: unknown) => {
        report(cause, reply.exchange.requestId)
        return fail(new GatewayError('internal_error', { cause }))
      }),
    writeError: (error) => encodeData(errorBody(error)),
    onCancel: deadline.cancel,
  })
  return streamAnswer(reply.exchange, body, {})
}

/** The outcome if it comes before the upstream's acceptance and before the wait is over; else null. */
async function firstOf(work: Promise<Concluded>, accepted: Promise<void>) {
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

function writeEvents({ request, frame }: Reply, { released }: Conclusion): string {
  const { includeUsage, obfuscate } = request
  let events = ''
  for (const chunk of chatChunks(released, { ...frame, includeUsage, obfuscate })) {
    events += encodeData(chunk)
  }
  return events + encodeDone()
}

function headOf({ released, timing }: Conclusion): AnswerHead {
  return { outcome: released.kind, timing, headers: passedHeaders(released.headers) }
}
