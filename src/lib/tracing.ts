/**
 * Spans as a port: what the pipeline says of its steps, with no telemetry library behind it.
 * Attributes are numbers, booleans and identifiers from a closed list; message text never belongs in one.
 */

export type SpanAttributes = {
  readonly [name: string]: string | number | boolean | readonly string[]
}

export interface Span {
  set(attributes: SpanAttributes): void
  /** Marks the span failed, with a failure class and never with a message. */
  fail(reason: string): void
  end(): void
  /** Opens a child span. */
  child(name: string, attributes?: SpanAttributes): Span
  /** The W3C `traceparent` of this span, to be sent upstream; undefined when nothing is traced. */
  readonly traceparent: string | undefined
}

export const noSpan: Span = {
  set() {},
  fail() {},
  end() {},
  child: () => noSpan,
  traceparent: undefined,
}

/** Runs `step` inside a child span that ends with it, whatever happens. */
export async function within<Value>(
  parent: Span,
  name: string,
  step: (span: Span) => Promise<Value>,
): Promise<Value> {
  const span = parent.child(name)
  try {
    return await step(span)
  } finally {
    span.end()
  }
}

/** The same for a step that waits for nothing. */
export function withinSync<Value>(parent: Span, name: string, step: (span: Span) => Value): Value {
  const span = parent.child(name)
  try {
    return step(span)
  } finally {
    span.end()
  }
}
