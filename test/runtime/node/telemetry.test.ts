import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStandIn } from '../../../src/stand-in/stand-in.ts'
import { startTestGateway } from '../../fakes/gateway.ts'
import { type OtlpReceiver, type SentSpan, startOtlpReceiver } from '../../fakes/otlp-receiver.ts'
import { type Script, startUpstream, type Upstream } from '../../fakes/upstream.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const CALLER = `00-${TRACE}-00f067aa0ba902b7-01`
const PHRASE = 'seventeen lavender umbrellas'
const CHAT = {
  model: 'stand-in',
  messages: [{ role: 'user', content: `How do I pick ${PHRASE} for a garden party?` }],
}

/** The stand-in behind a socket, so that what it is sent can be seen. */
const standIn: Script = async ({ url, body, headers }) => {
  const response = await createStandIn()(
    new Request(`http://stand-in.test${url}`, {
      method: 'POST',
      body,
      headers: { 'content-type': headers['content-type'] ?? '' },
    }),
  )
  return { status: response.status, headers: {}, json: await response.json() }
}

let upstream: Upstream
let receiver: OtlpReceiver

beforeAll(async () => {
  upstream = await startUpstream(standIn)
  receiver = await startOtlpReceiver()
  const gateway = await startTestGateway({
    upstream: upstream.url,
    mode: 'enforce',
    strategy: 'tagged',
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
  })
  await (await gateway.ask(CHAT, { headers: { traceparent: CALLER } })).text()
  await (await gateway.ask({ model: 1 })).text()
  await (await gateway.ask(CHAT, { headers: { authorization: 'Bearer none' } })).text()
  await gateway.close()
})
afterAll(async () => {
  await receiver.close()
  await upstream.close()
})

const attribute = (span: SentSpan, key: string) =>
  Object.values(span.attributes.find((one) => one.key === key)?.value ?? {})[0]

describe('the telemetry of a running gateway', () => {
  it('has a span of the GenAI kind for every call to a model, under the trace of the caller', () => {
    const spans = receiver.spans().filter(({ traceId }) => traceId === TRACE)
    const calls = spans.filter((span) => attribute(span, 'gen_ai.operation.name') === 'chat')
    const models = calls.map((span) => attribute(span, 'gen_ai.request.model'))
    expect(models).toEqual(['stand-in', 'stand-in', 'stand-in'])
    const ids = new Set(spans.map(({ spanId }) => spanId))
    for (const call of calls) expect(ids.has(call.parentSpanId ?? '')).toBe(true)
    const steps = spans.map(({ name }) => name)
    for (const step of ['select', 'compose', 'draft', 'split', 'verify', 'judge', 'record']) {
      expect(steps).toContain(step)
    }
  })

  it('names the outcome on the span of the request', () => {
    const [root] = receiver.spans().filter(({ parentSpanId }) => parentSpanId?.endsWith('02b7'))
    expect(root && attribute(root, 'chambers.outcome')).toBe('released')
  })

  it('tells each model call which span it belongs to', () => {
    const ids = new Set(receiver.spans().map(({ spanId }) => spanId))
    for (const { headers } of upstream.requests) {
      const [version, trace, span] = String(headers.traceparent).split('-')
      expect([version, trace, ids.has(span ?? '')]).toEqual(['00', TRACE, true])
    }
    expect(upstream.requests).toHaveLength(3)
  })

  it.each([
    'chambers.requests',
    'chambers.overhead',
    'chambers.time_to_first_answer_byte',
    'chambers.transcripts',
    'chambers.policy.active.age',
    'gen_ai.client.token.usage',
    'gen_ai.client.operation.duration',
  ])('counts %s', (metric) => {
    expect(receiver.points(metric).length).toBeGreaterThan(0)
  })

  it.each(['none', 'invalid_request', 'invalid_api_key'])(
    'counts the requests that ended with the code %s',
    (code) => {
      expect(JSON.stringify(receiver.points('chambers.requests'))).toContain(
        `{"key":"chambers.code","value":{"stringValue":"${code}"}}`,
      )
    },
  )

  it('says nothing of what was asked, thought and answered', () => {
    const sent = receiver.bodies.map(({ text }) => text).join('')
    for (const word of ['lavender', 'umbrellas', 'password', 'safe_complete']) {
      expect(sent).not.toContain(word)
    }
  })
})
