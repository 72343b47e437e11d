/**
 * Sends telemetry as OTLP over HTTP, in JSON, through a `fetch` that is handed in. Does I/O.
 * It never throws and never retries: telemetry that cannot be delivered is dropped, and no request notices.
 */
import { JsonMetricsSerializer, JsonTraceSerializer } from '@opentelemetry/otlp-transformer'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'

export type Otlp = {
  /** Resolves when the receiver has answered or given up on; true when it took them. */
  sendSpans(spans: ReadableSpan[]): Promise<boolean>
  sendMetrics(metrics: ResourceMetrics): Promise<boolean>
}

export type OtlpOptions = {
  /** The base address; `/v1/traces` and `/v1/metrics` are added, as the standard variable means it. */
  readonly endpoint: string
  readonly fetch: typeof fetch
}

/** A receiver that takes longer is as good as gone. */
const TIMEOUT_MS = 10_000

export function createOtlp({ endpoint, fetch }: OtlpOptions): Otlp {
  const base = endpoint.replace(/(?<!\/)\/+$/, '')
  const send = async (path: string, write: () => Uint8Array | undefined) => {
    try {
      const body = write()
      if (!body) return false
      const response = await fetch(`${base}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: new Uint8Array(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      // An unread body would hold its connection.
      await response.body?.cancel()
      return response.ok
    } catch {
      return false
    }
  }
  return {
    sendSpans: (spans) => send('/v1/traces', () => JsonTraceSerializer.serializeRequest(spans)),
    sendMetrics: (metrics) =>
      send('/v1/metrics', () => JsonMetricsSerializer.serializeRequest(metrics)),
  }
}
