/**
 * A guarded request of any door, from a caller whom `app.ts` has authenticated, in this order; a step that fails ends it:
 *
 * 1. pin:        the one bundle it keeps to its end, and its mode (`pin.ts`); in `shadow` and `off` it goes its own way
 *                from here (`shadow.ts`, `off.ts`);
 * 2. read:       what is asked (`read.ts`);
 * 3. recall:     what the conversation carries from earlier turns (`carry.ts`);
 * 4. deliberate: from the inquiry to what may leave (`deliberation/deliberate.ts`);
 * 5. write:      the bytes of the answer, held to the secrets of its calls once more (`written-answer.ts`), with what the client
 *                is to carry, sealed;
 * 6. record:     its transcript is made durable (`record.ts`), and what later turns may ask for is kept;
 * 7. respond:    as JSON or as a held stream (`respond.ts`).
 *
 * Nothing of a draft leaves from here but what the deliberation released, and nothing leaves before it is on record.
 */
import type { Deliberation, Inquiry } from '../conversation/outcome.ts'
import { GatewayError } from '../errors.ts'
import { startDeadline } from '../http/deadline.ts'
import type { Clock, Random } from '../lib/clock.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { type Span, within } from '../lib/tracing.ts'
import { forwardedHeaders } from '../model/forwarded-headers.ts'
import type { Bundle } from '../policy/section.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { StorageFailure } from '../transcript/store/sink.ts'
import type { Door } from '../wire/door.ts'
import { DOORS } from '../wire/doors.ts'
import type { Carry } from './carry.ts'
import type { AnswerExchange, Exchange, GatewayContext } from './exchange.ts'
import { failureToError } from './failure-to-error.ts'
import type { KeptResponses } from './kept-responses.ts'
import type { Observe } from './observe.ts'
import { type PinPorts, pin } from './pin.ts'
import { type AskedRequest, type ReadPorts, read } from './read.ts'
import type { Recorded } from './record.ts'
import { type Conclusion, respond } from './respond.ts'
import { type Reply, textsOf, type WrittenAnswer, writeAnswer } from './written-answer.ts'

export type GuardedPorts = PinPorts & {
  readonly enforce: AnswerExchange
  readonly shadow: AnswerExchange
  readonly off: AnswerExchange
}

/** Runs one deliberation; expected failures are inside its outcome. */
export type Deliberate = (
  inquiry: Inquiry,
  options: {
    readonly bundle: Bundle
    readonly signal: AbortSignal
    readonly span: Span
    readonly onAccepted?: () => void
    readonly headers?: Readonly<Record<string, string>>
  },
) => Promise<Deliberation>

/** Makes a deliberation's transcript durable. */
export type RecordDeliberation = (
  exchange: Exchange,
  what: Recorded,
) => Promise<Result<'stored' | 'spooled', StorageFailure>>

export type EnforcePorts = ReadPorts & {
  readonly deliberate: Deliberate
  readonly record: RecordDeliberation
  readonly carry: Carry
  readonly kept: KeptResponses
  readonly metrics: Metrics
  readonly clock: Clock
  readonly random: Random
  readonly deadlineMs: number
  /** Names of the client's headers that go on with every draft, in lower case. */
  readonly forwardHeaders: readonly string[]
  /** Opens the span of a request, under the caller's own trace if it sent one. */
  readonly startSpan: (exchange: Exchange, traceparent: string | undefined) => Span
  /** Keeps the platform from forgetting work that outlives the response. */
  readonly defer: (c: GatewayContext, work: Promise<unknown>) => void
  /** Takes each deliberation once its transcript is written, or could not be; must not throw. */
  readonly observe: Observe
  /** Tells the operator of a defect: names and places, never content. */
  readonly report: (error: unknown, requestId: string) => void
}

/** Answers the requests of a door, in every mode. */
export function createGuarded(ports: GuardedPorts, door: Door) {
  return async function guarded(c: GatewayContext): Promise<Response> {
    const exchange = await pin(ports, c, door)
    return ports[exchange.mode](c, exchange)
  }
}

/** Answers those that are pinned to `enforce`. */
export function createEnforce(ports: EnforcePorts): AnswerExchange {
  return async function enforce(c, exchange) {
    const deadline = startDeadline({ ms: ports.deadlineMs, client: c.req.raw.signal })
    try {
      const request = await read(ports, c, exchange)

      const accepted = Promise.withResolvers<void>()
      const span = ports.startSpan(exchange, c.req.header('traceparent'))
      const reply = { exchange, asked: request.asked, id: ports.random.hex(12) }
      const work = conclude(ports, {
        c,
        exchange,
        request,
        reply,
        signal: deadline.signal,
        span,
        onAccepted: accepted.resolve,
      }).finally(() => {
        deadline.end()
        span.end()
      })
      // A client that goes away must not take the record of its request along.
      ports.defer(c, work)
      c.get('held')?.until(work)

      const { report } = ports
      return await respond(reply, { work, accepted: accepted.promise, deadline, report })
    } catch (error) {
      deadline.end()
      throw error
    }
  }
}

type UnderWay = {
  readonly c: GatewayContext
  readonly exchange: Exchange
  readonly request: AskedRequest
  readonly reply: Reply
  readonly signal: AbortSignal
  readonly span: Span
  readonly onAccepted: () => void
}

/** Deliberates, records, and counts what came of it. It never rejects. */
async function conclude(
  ports: EnforcePorts,
  underWay: UnderWay,
): Promise<Result<Conclusion, GatewayError>> {
  const { exchange, span } = underWay
  const { metrics, clock } = ports
  const concluded = await deliberateAndRecord(ports, underWay)
  const outcome = concluded.ok ? concluded.value.written.outcome : 'failed'
  span.set({ 'chambers.outcome': outcome })
  metrics.requestEnded({
    outcome,
    mode: exchange.mode,
    policyDigest: exchange.bundle.digest,
    code: concluded.ok ? 'none' : concluded.failure.code,
  })
  if (!concluded.ok) {
    span.fail(concluded.failure.code)
    return concluded
  }
  const totalMs = clock.monotonic() - exchange.startedMs
  metrics.timeToFirstAnswerByte(totalMs, exchange.mode)
  metrics.overhead(totalMs - (concluded.value.timing.modelMs ?? 0), exchange.mode)
  return succeed({ ...concluded.value, timing: { ...concluded.value.timing, totalMs } })
}

/** Never an answer whose transcript is not durable. */
async function deliberateAndRecord(
  ports: EnforcePorts,
  { c, exchange, request, reply, signal, span, onAccepted }: UnderWay,
): Promise<Result<Conclusion, GatewayError>> {
  const { asked, received, stale } = request
  const { bundle } = exchange
  try {
    const { carriedHeaders = [] } = DOORS[exchange.door]
    const headers = forwardedHeaders(c.req.raw.headers, [
      ...ports.forwardHeaders,
      ...carriedHeaders,
    ])
    const options = { bundle, signal, span, onAccepted, headers }
    const deliberated = await ports.deliberate(asked.inquiry, options)
    const { deliberation, written } = await writeOutcome(ports, reply, deliberated)

    const kept = written.ok ? keepState(ports, reply, deliberation) : null
    const recorded = await within(span, 'record', () =>
      ports.record(exchange, { request: asked.body, received, stale, deliberation }),
    )
    await kept
    ports.observe(c, exchange, deliberation)

    // Of two failures the client is told the one it can act upon.
    if (!written.ok) return written
    if (!recorded.ok) return fail(failureToError(recorded.failure))
    const { kept: named } = written.value
    if (named) await ports.kept.keep(exchange, asked, named)
    return succeed({ written: written.value, timing: deliberation.timings })
  } catch (error) {
    if (error instanceof GatewayError) return fail(error)
    ports.metrics.transcript('dropped')
    ports.report(error, exchange.requestId)
    return fail(new GatewayError('internal_error', { cause: error }))
  }
}

/** Nobody gets an answer whose turn could not be gone on with, but for a store that fails. */
async function keepState(
  { carry }: Pick<EnforcePorts, 'carry'>,
  { exchange, asked }: Reply,
  { outcome }: Deliberation,
): Promise<void> {
  if (outcome.ok) await carry.keep(exchange, asked, outcome.value)
}

type WrittenOutcome = {
  readonly deliberation: Deliberation
  readonly written: Result<WrittenAnswer, GatewayError>
}

/** What the client is to be sent, where that is all of it and no secret of the calls behind it; the record says what was sent. */
async function writeOutcome(
  { carry }: Pick<EnforcePorts, 'carry'>,
  reply: Reply,
  deliberation: Deliberation,
): Promise<WrittenOutcome> {
  const { outcome, findSecret } = deliberation
  if (!outcome.ok) {
    const error = failureToError(outcome.failure, reply.asked.nameOf)
    const told = [error.message, error.type, error.param, error.wireCode]
    const texts = [...told.filter((text) => text !== null), ...Object.values(error.headers)]
    const isClean = findSecret(texts) === null
    return { deliberation, written: fail(isClean ? error : new GatewayError('upstream_error')) }
  }
  const { asked } = reply
  const sealed = await carry.seal(reply.exchange, asked, outcome.value)
  const written = writeAnswer({ ...reply, sealed }, outcome.value, deliberation.timings.totalMs)
  const texts = asked.canWrite(outcome.value) ? textsOf(written, asked.repeated) : null
  if (texts !== null && findSecret(texts) === null)
    return { deliberation, written: succeed(written) }
  const failure = { reason: 'unsendable' } as const
  return {
    deliberation: { ...deliberation, outcome: fail(failure) },
    written: fail(failureToError(failure)),
  }
}
