/** The W3C `traceparent` header: read by OpenTelemetry's own reader, but strictly, and written. Pure. */
import { type SpanContext, TraceFlags } from '@opentelemetry/api'
import { parseTraceParent } from '@opentelemetry/core'

/** Reads a header; null for what the standard calls invalid, which starts a new trace. Of the flags only sampling is kept. */
export function readTraceparent(header: string | null | undefined): SpanContext | null {
  // The package forgives white space around the value.
  const caller = header && header.trim() === header ? parseTraceParent(header) : null
  return caller && { ...caller, traceFlags: caller.traceFlags & TraceFlags.SAMPLED, isRemote: true }
}

export function writeTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
}
