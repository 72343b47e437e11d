import { describe, expect, it } from 'vitest'
import { createTelemetry } from '../../../src/telemetry/telemetry.ts'

type Sent = { readonly url: string; readonly text: string }

function capture() {
  const sent: Sent[] = []
  const capturing: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    sent.push({ url: request.url, text: await request.text() })
    return new Response('{}')
  }
  return { sent, fetch: capturing }
}

describe('telemetry on workerd', () => {
  it('writes spans and metrics as OTLP JSON through the fetch it is given', async () => {
    const { sent, fetch } = capture()
    const telemetry = createTelemetry({
      serviceName: 'chambers-edge',
      endpoint: 'https://otlp.example/base/',
      fetch,
      temporality: 'delta',
      metricsIntervalMs: 0,
    })
    const root = telemetry.span('request', { attributes: { 'chambers.mode': 'enforce' } })
    root.child('draft', { 'gen_ai.operation.name': 'chat' }).end()
    root.end()
    telemetry.metrics.transcript('written')
    await telemetry.flush()

    const bodies = Object.fromEntries(sent.map(({ url, text }) => [url, JSON.parse(text)]))
    expect(Object.keys(bodies).sort()).toEqual([
      'https://otlp.example/base/v1/metrics',
      'https://otlp.example/base/v1/traces',
    ])
    const { scopeSpans } = bodies['https://otlp.example/base/v1/traces'].resourceSpans[0]
    expect(scopeSpans[0].spans.map(({ name }: { name: string }) => name)).toEqual([
      'draft',
      'request',
    ])
    expect(scopeSpans[0].spans[0].traceId).toBe(scopeSpans[0].spans[1].traceId)
  })

  it('never rejects when the receiver cannot be reached', async () => {
    const telemetry = createTelemetry({
      serviceName: 'chambers-edge',
      endpoint: 'https://otlp.example',
      fetch: () => Promise.reject(new TypeError('unreachable')),
    })
    telemetry.span('request').end()
    await expect(telemetry.flush()).resolves.toBeUndefined()
  })
})
