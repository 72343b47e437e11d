/**
 * Traces and metrics of one process or isolate: made once by the entry, handed down, flushed by the entry. Does I/O.
 * Registers nothing globally and patches nothing: every span is opened by name, with its parent in hand.
 * On Node `every` exports in the background; on Workers each request flushes within its own `waitUntil`.
 */

import { resourceFromAttributes } from '@opentelemetry/resources'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { TracerProvider } from '@opentelemetry/sdk-trace'
import { type Clock, type Random, systemClock, systemRandom } from '../lib/clock.ts'
import type { Span } from '../lib/tracing.ts'
import { createMetrics } from './instruments.ts'
import { OnDemandReader, type Temporality } from './metric-reader.ts'
import { type Metrics, noMetrics } from './metrics.ts'
import { createOtlp } from './otlp.ts'
import { createSpanBuffer } from './span-buffer.ts'
import { openRootSpan, passingSpan, type RootOptions } from './spans.ts'

export type Telemetry = {
  /** Opens the span of a request; the caller ends it. */
  span(name: string, options?: RootOptions): Span
  readonly metrics: Metrics
  /** Sends what has gathered: spans always, metrics when they are due. Never rejects. */
  flush(): Promise<void>
  /** Sends everything and stops the background work. Never rejects. */
  shutdown(): Promise<void>
}

export type TelemetryOptions = {
  readonly serviceName: string
  /** The OTLP base address; null or absent: nothing is recorded, and nothing is spent on it. */
  readonly endpoint: string | null | undefined
  readonly fetch: typeof fetch
  readonly clock?: Clock
  readonly random?: Random
  readonly temporality?: Temporality
  /** Metrics are sent at most so often; 0 for every flush. */
  readonly metricsIntervalMs?: number
  /** Runs a task again and again, and returns what stops it: given where a process outlives its requests. */
  readonly every?: (ms: number, task: () => void) => () => void
}

const BACKGROUND_MS = 5_000
const METRICS_INTERVAL_MS = 10_000
const BUFFERED_SPANS = 8_192
const SPANS_PER_BATCH = 512

export function createTelemetry(options: TelemetryOptions): Telemetry {
  const { endpoint } = options
  return endpoint ? recordTelemetry({ ...options, endpoint }) : silentTelemetry
}

const silentTelemetry: Telemetry = {
  span: (_, options) => passingSpan(options?.traceparent),
  metrics: noMetrics,
  flush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
}

function recordTelemetry(options: TelemetryOptions & { readonly endpoint: string }): Telemetry {
  const { clock = systemClock, random = systemRandom, every } = options
  const { metricsIntervalMs = METRICS_INTERVAL_MS, temporality = 'cumulative' } = options
  const resource = resourceFromAttributes({
    'service.name': options.serviceName,
    'service.instance.id': random.hex(16),
  })
  const otlp = createOtlp(options)
  const buffer = createSpanBuffer({
    limit: BUFFERED_SPANS,
    batch: SPANS_PER_BATCH,
    // Without a background nobody could wait for this export, so the next flush takes them.
    onBatch: () => every && void sendSpans(),
  })
  const tracer = new TracerProvider({ resource, spanProcessors: [buffer] }).getTracer('chambers')
  const reader = new OnDemandReader(temporality)
  const meter = new MeterProvider({ resource, readers: [reader] }).getMeter('chambers')
  let sentMs = clock.monotonic() - metricsIntervalMs

  const sendSpans = async () => {
    const spans = buffer.take()
    if (spans.length > 0) await otlp.sendSpans(spans)
  }
  const sendMetrics = async () => {
    sentMs = clock.monotonic()
    const { resourceMetrics } = await reader.collect()
    if (resourceMetrics.scopeMetrics.length > 0) await otlp.sendMetrics(resourceMetrics)
  }
  const flush = async () => {
    const due = clock.monotonic() - sentMs >= metricsIntervalMs
    await Promise.all([sendSpans(), due && sendMetrics()])
  }
  const stop = every?.(BACKGROUND_MS, () => void flush())

  return {
    span: (name, root) => openRootSpan(tracer, name, root),
    metrics: createMetrics(meter, clock),
    flush,
    async shutdown() {
      stop?.()
      await Promise.all([sendSpans(), sendMetrics()])
    },
  }
}
