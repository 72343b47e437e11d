/**
 * Keeps ended spans until they are taken for export; a span processor of the OpenTelemetry SDK. No I/O.
 * The SDK's own batch processor sets timers from whatever request ends a span, which Workers tie to that request; this
 * one only holds plain data. When full it drops: telemetry may not cost memory.
 */
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace'

export type SpanBuffer = SpanProcessor & {
  /** Empties the buffer. */
  take(): ReadableSpan[]
}

export type SpanBufferOptions = {
  /** Spans held at most. */
  readonly limit: number
  /** Called, each time it holds so many, by whoever ended the last. */
  readonly batch: number
  readonly onBatch: () => void
}

export function createSpanBuffer({ limit, batch, onBatch }: SpanBufferOptions): SpanBuffer {
  let spans: ReadableSpan[] = []
  return {
    onStart() {},
    onEnd(span) {
      if (spans.length >= limit) return
      spans.push(span)
      if (spans.length % batch === 0) onBatch()
    },
    take() {
      const taken = spans
      spans = []
      return taken
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
}
