/**
 * From an inquiry to what may leave: deliberate, record, release. The last two steps in this order, always.
 * It never rejects, and it never gives an answer whose transcript is not durable.
 */
import type { Deliberation, Inquiry, Released } from '../conversation/outcome.ts'
import { GatewayError } from '../errors.ts'
import type { Clock } from '../lib/clock.ts'
import type { JsonObject } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import type { Span } from '../lib/tracing.ts'
import { within } from '../lib/tracing.ts'
import type { Bundle } from '../policy/section.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { StorageFailure } from '../transcript/store/sink.ts'
import type { Exchange } from './exchange.ts'
import { failureToError } from './failure-to-error.ts'
import type { Recorded } from './record.ts'
import type { ServerTiming } from './respond.ts'

/** Runs one deliberation; expected failures are inside its outcome. */
export type Deliberate = (
  inquiry: Inquiry,
  options: {
    readonly bundle: Bundle
    readonly signal: AbortSignal
    readonly span: Span
    readonly onAccepted?: () => void
  },
) => Promise<Deliberation>

/** Makes a deliberation's transcript durable. */
export type RecordDeliberation = (
  exchange: Exchange,
  what: Recorded,
) => Promise<Result<'stored' | 'spooled', StorageFailure>>

export type Conclusion = { readonly released: Released; readonly timing: ServerTiming }

export type ConcludePorts = {
  readonly deliberate: Deliberate
  readonly record: RecordDeliberation
  readonly metrics: Metrics
  readonly clock: Clock
  /** Tells the operator of a defect: names and places, never content. */
  readonly report: (error: unknown, requestId: string) => void
}

export type ConcludeOptions = {
  readonly exchange: Exchange
  readonly inquiry: Inquiry
  readonly request: JsonObject
  readonly received: string | null
  readonly signal: AbortSignal
  readonly span: Span
  readonly onAccepted?: () => void
  /** Called once the transcript is written, or could not be; must not throw. */
  readonly onDeliberated?: (deliberation: Deliberation) => void
}

export async function conclude(
  ports: ConcludePorts,
  options: ConcludeOptions,
): Promise<Result<Conclusion, GatewayError>> {
  const { exchange, span } = options
  const concluded = await attempt(ports, options)
  const { metrics, clock } = ports
  const outcome = concluded.ok ? concluded.value.released.kind : 'failed'
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

async function attempt(
  ports: ConcludePorts,
  options: ConcludeOptions,
): Promise<Result<Conclusion, GatewayError>> {
  const { exchange, inquiry, request, received, signal, span, onAccepted } = options
  try {
    const deliberation = await ports.deliberate(inquiry, {
      bundle: exchange.bundle,
      signal,
      span,
      ...(onAccepted && { onAccepted }),
    })
    const recorded = await within(span, 'record', () =>
      ports.record(exchange, { request, received, deliberation }),
    )
    options.onDeliberated?.(deliberation)
    const { outcome, timings } = deliberation
    // Of two failures the client is told the one it can act upon.
    if (!outcome.ok) return fail(failureToError(outcome.failure))
    if (!recorded.ok) return fail(failureToError(recorded.failure))
    return succeed({ released: outcome.value, timing: timings })
  } catch (error) {
    if (error instanceof GatewayError) return fail(error)
    ports.metrics.transcript('dropped')
    ports.report(error, exchange.requestId)
    return fail(new GatewayError('internal_error', { cause: error }))
  }
}
