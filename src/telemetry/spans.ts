/**
 * The span port over OpenTelemetry spans: explicit parents, no ambient context, nothing registered globally. No I/O.
 * Attributes pass the closed list; a failure is a class; messages and stack traces are never recorded.
 */
import {
  type Context,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { noSpan, type Span, type SpanAttributes } from '../lib/tracing.ts'
import { admitAttributes, admitReason } from './attributes.ts'
import { readTraceparent, writeTraceparent } from './traceparent.ts'

export type RootOptions = {
  /** The caller's `traceparent`, as it came. */
  readonly traceparent?: string | null | undefined
  readonly attributes?: SpanAttributes
}

/** Opens the span of a request, under the caller's trace where it named one. */
export function openRootSpan(tracer: Tracer, name: string, options: RootOptions = {}): Span {
  const caller = readTraceparent(options.traceparent)
  const parent = caller ? trace.setSpanContext(ROOT_CONTEXT, caller) : ROOT_CONTEXT
  const attributes = admitAttributes(options.attributes ?? {})
  const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent)
  return wrapSpan(tracer, span, parent)
}

/** A span that records nothing and hands the caller's trace on, for a gateway that is not itself traced. */
export function passingSpan(traceparent: string | null | undefined): Span {
  const caller = readTraceparent(traceparent)
  if (!caller) return noSpan
  const span: Span = { ...noSpan, traceparent: writeTraceparent(caller), child: () => span }
  return span
}

function wrapSpan(tracer: Tracer, span: OtelSpan, parent: Context): Span {
  const context = trace.setSpan(parent, span)
  let ended = false
  return {
    set(attributes) {
      span.setAttributes(admitAttributes(attributes))
    },
    fail(reason) {
      span.setStatus({ code: SpanStatusCode.ERROR })
      span.setAttributes({ 'error.type': admitReason(reason) })
    },
    end() {
      if (ended) return
      ended = true
      span.end()
    },
    child(name, attributes = {}) {
      const kind = 'gen_ai.operation.name' in attributes ? SpanKind.CLIENT : SpanKind.INTERNAL
      const options = { kind, attributes: admitAttributes(attributes) }
      return wrapSpan(tracer, tracer.startSpan(name, options, context), context)
    },
    traceparent: writeTraceparent(span.spanContext()),
  }
}
