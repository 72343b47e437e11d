/** An OTLP receiver on loopback that keeps what it was sent. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type SentSpan = {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly status: { readonly code?: number; readonly message?: string }
  readonly attributes: readonly { readonly key: string; readonly value: unknown }[]
  readonly events: readonly unknown[]
}

export type OtlpReceiver = {
  readonly endpoint: string
  /** Every body, as text, with its path. */
  readonly bodies: readonly { readonly path: string; readonly text: string }[]
  spans(): readonly SentSpan[]
  /** The data points of a metric over all bodies, oldest first. */
  points(metric: string): readonly { readonly [name: string]: unknown }[]
  /** Answers with this status from now on. */
  answer(status: number): void
  close(): Promise<void>
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const bodies: { path: string; text: string }[] = []
  let status = 200
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    request.on('end', () => {
      bodies.push({ path: request.url ?? '', text })
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const parsed = (path: string) =>
    bodies.filter((body) => body.path === path).map(({ text }) => JSON.parse(text))
  return {
    endpoint: `http://127.0.0.1:${port}`,
    bodies,
    spans: () =>
      parsed('/v1/traces').flatMap((body) =>
        body.resourceSpans.flatMap((resource: { scopeSpans: { spans: SentSpan[] }[] }) =>
          resource.scopeSpans.flatMap(({ spans }) => spans),
        ),
      ),
    points: (metric) =>
      parsed('/v1/metrics').flatMap((body) =>
        body.resourceMetrics
          .flatMap((resource: { scopeMetrics: { metrics: { name: string }[] }[] }) =>
            resource.scopeMetrics.flatMap(({ metrics }) => metrics),
          )
          .filter(({ name }: { name: string }) => name === metric)
          .flatMap(
            ({ sum, gauge, histogram }: Record<string, { dataPoints: unknown[] } | undefined>) =>
              (sum ?? gauge ?? histogram)?.dataPoints ?? [],
          ),
      ),
    answer(next) {
      status = next
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
