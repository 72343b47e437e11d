import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { noSpan } from '../../../src/lib/tracing.ts'
import { noMetrics } from '../../../src/telemetry/metrics.ts'
import { createTelemetry, type TelemetryOptions } from '../../../src/telemetry/telemetry.ts'
import { type OtlpReceiver, startOtlpReceiver } from '../../fakes/otlp-receiver.ts'

const CANARY = 'tell nobody about the heron'
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const CALLER = `00-${TRACE}-b7ad6b7169203331-01`

let receiver: OtlpReceiver

beforeEach(async () => {
  receiver = await startOtlpReceiver()
})

afterEach(() => receiver.close())

const telemetryTo = (options: Partial<TelemetryOptions> = {}) =>
  createTelemetry({
    serviceName: 'chambers-test',
    endpoint: receiver.endpoint,
    fetch,
    metricsIntervalMs: 0,
    ...options,
  })

const attributesOf = (point: { readonly attributes?: unknown } | undefined) =>
  Object.fromEntries(
    ((point?.attributes ?? []) as { key: string; value: object }[]).map(({ key, value }) => [
      key,
      Object.values(value)[0],
    ]),
  )

describe('spans', () => {
  it('reach the receiver as one trace under the caller, each with its parent', async () => {
    const telemetry = telemetryTo()
    const root = telemetry.span('POST /v1/chat/completions', {
      traceparent: CALLER,
      attributes: { 'chambers.mode': 'enforce' },
    })
    const draft = root.child('draft', {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt-4o-mini',
    })
    draft.set({ 'gen_ai.usage.input_tokens': 12, 'gen_ai.response.finish_reasons': ['stop'] })
    draft.end()
    draft.end()
    root.end()
    await telemetry.flush()

    const [sentDraft, sentRoot, ...more] = receiver.spans()
    expect(more).toEqual([])
    expect(sentRoot).toMatchObject({ traceId: TRACE, parentSpanId: 'b7ad6b7169203331', kind: 2 })
    expect(sentDraft).toMatchObject({ traceId: TRACE, parentSpanId: sentRoot?.spanId, kind: 3 })
    expect(draft.traceparent).toBe(`00-${TRACE}-${sentDraft?.spanId}-01`)
    expect(attributesOf(sentRoot)).toEqual({ 'chambers.mode': 'enforce' })
    expect(attributesOf(sentDraft)).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt-4o-mini',
      'gen_ai.usage.input_tokens': 12,
    })
    expect(receiver.bodies[0]?.text).toContain('chambers-test')
  })

  it('start a trace of their own when the caller names none', async () => {
    const telemetry = telemetryTo()
    const span = telemetry.span('a', { traceparent: 'nonsense' })
    span.end()
    await telemetry.flush()
    expect(receiver.spans()[0]?.parentSpanId ?? '').toBe('')
    expect(span.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  })

  it('are not recorded when the caller does not sample, and still propagate', async () => {
    const telemetry = telemetryTo()
    const root = telemetry.span('a', { traceparent: CALLER.replace(/01$/, '00') })
    const child = root.child('b')
    expect(child.traceparent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`))
    child.end()
    root.end()
    await telemetry.flush()
    expect(receiver.spans()).toEqual([])
  })

  it('fail with a class and never with a message', async () => {
    const telemetry = telemetryTo()
    const span = telemetry.span('a')
    span.fail('model_timeout')
    span.end()
    const other = telemetry.span('b')
    other.fail(CANARY)
    other.end()
    await telemetry.flush()
    expect(receiver.spans()).toMatchObject([
      {
        status: { code: 2 },
        attributes: [{ key: 'error.type', value: { stringValue: 'model_timeout' } }],
      },
      { status: { code: 2 }, attributes: [{ key: 'error.type', value: { stringValue: 'other' } }] },
    ])
    expect(receiver.spans().every(({ status }) => !status.message)).toBe(true)
  })
})

describe('metrics', () => {
  it('of every kind reach the receiver with their labels', async () => {
    let now = 1_000
    const telemetry = telemetryTo({ clock: { now: () => 0, monotonic: () => now } })
    const { metrics } = telemetry
    metrics.policyActivated('default', 'abc')
    now += 2_500
    metrics.requestEnded({
      outcome: 'released',
      mode: 'enforce',
      policyDigest: 'abc',
      code: 'none',
    })
    metrics.overhead(2.5, 'enforce')
    metrics.timeToFirstAnswerByte(900, 'enforce')
    metrics.redrafted('abc')
    metrics.finding('SHM', 'violated')
    metrics.judgeFailed('judge_timeout')
    metrics.tokens({ operation: 'judge', model: 'm' }, 30, 4)
    metrics.modelCallEnded({ operation: 'draft', model: 'm', failure: 'model_cut' }, 1200)
    metrics.transcript('spooled')
    metrics.rolloutHalted('default', 'refusal_rate')
    await telemetry.flush()

    const only = (name: string) => {
      const points = receiver.points(name)
      expect(points).toHaveLength(1)
      return points[0]
    }
    expect(attributesOf(only('chambers.requests'))).toEqual({
      'chambers.outcome': 'released',
      'chambers.mode': 'enforce',
      'chambers.policy.digest': 'abc',
      'chambers.code': 'none',
    })
    expect(only('chambers.overhead')).toMatchObject({ count: 1, sum: 0.0025 })
    expect(only('chambers.time_to_first_answer_byte')).toMatchObject({ count: 1, sum: 0.9 })
    expect(attributesOf(only('chambers.redrafts'))).toEqual({ 'chambers.policy.digest': 'abc' })
    expect(attributesOf(only('chambers.findings'))).toEqual({
      'chambers.section': 'SHM',
      'chambers.finding': 'violated',
    })
    expect(attributesOf(only('chambers.judge.failures'))).toEqual({ 'error.type': 'judge_timeout' })
    expect(attributesOf(only('chambers.transcripts'))).toEqual({ 'chambers.fate': 'spooled' })
    expect(attributesOf(only('chambers.rollout.halts'))).toEqual({
      'chambers.policy.id': 'default',
      'chambers.reason': 'refusal_rate',
    })
    expect(only('chambers.policy.active.age')).toMatchObject({ asDouble: 2.5 })
    expect(attributesOf(only('gen_ai.client.operation.duration'))).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'm',
      'chambers.operation': 'draft',
      'error.type': 'model_cut',
    })
    expect(
      receiver
        .points('gen_ai.client.token.usage')
        .map((point) => [attributesOf(point)['gen_ai.token.type'], point.sum]),
    ).toEqual([
      ['input', 30],
      ['output', 4],
    ])
  })

  it.each([
    ['cumulative', [1, 2]],
    ['delta', [1, 1]],
  ] as const)('are %s when asked', async (temporality, values) => {
    const telemetry = telemetryTo({ temporality })
    for (const _ of values) {
      telemetry.metrics.transcript('written')
      await telemetry.flush()
    }
    expect(receiver.points('chambers.transcripts').map(({ asDouble }) => asDouble)).toEqual(values)
  })

  it('are sent no oftener than the interval, and at the end in any case', async () => {
    const telemetry = telemetryTo({ metricsIntervalMs: 60_000 })
    for (let round = 0; round < 3; round++) {
      telemetry.metrics.transcript('written')
      await telemetry.flush()
    }
    expect(receiver.points('chambers.transcripts')).toHaveLength(1)
    await telemetry.shutdown()
    expect(receiver.points('chambers.transcripts').at(-1)).toMatchObject({ asDouble: 3 })
  })
})

describe('what is sent', () => {
  it('holds no text, whatever it is given', async () => {
    const telemetry = telemetryTo()
    const { metrics } = telemetry
    const labels = { operation: 'draft', model: CANARY } as const
    const span = telemetry.span('a', { attributes: { 'chambers.app': CANARY, prompt: 'heron' } })
    span.set({ 'gen_ai.input.messages': 'heron', 'gen_ai.response.finish_reasons': [CANARY] })
    span
      .child('b', { 'gen_ai.request.model': CANARY, 'chambers.decision': `heron\n${CANARY}` })
      .end()
    span.fail(CANARY)
    span.end()
    metrics.tokens(labels, 1, 1)
    metrics.modelCallEnded({ ...labels, failure: CANARY }, 1)
    metrics.judgeFailed(CANARY)
    metrics.finding(CANARY, 'violated')
    metrics.policyActivated(CANARY, CANARY)
    metrics.redrafted(CANARY)
    await telemetry.flush()
    expect(receiver.bodies.map(({ path }) => path).sort()).toEqual(['/v1/metrics', '/v1/traces'])
    expect(receiver.bodies.map(({ text }) => text).join('')).not.toContain('heron')
  })
})

describe('telemetry', () => {
  it.each([null, undefined, ''])(
    'without an endpoint (%j) is silent and passes the trace on',
    async (endpoint) => {
      const telemetry = telemetryTo({ endpoint })
      expect(telemetry.span('a')).toBe(noSpan)
      expect(telemetry.span('a', { traceparent: CALLER }).child('b').traceparent).toBe(CALLER)
      expect(telemetry.metrics).toBe(noMetrics)
      await telemetry.flush()
      await telemetry.shutdown()
      expect(receiver.bodies).toEqual([])
    },
  )

  it('never rejects when the receiver fails or is gone', async () => {
    const telemetry = telemetryTo()
    receiver.answer(500)
    telemetry.span('a').end()
    await telemetry.flush()
    await receiver.close()
    telemetry.span('b').end()
    telemetry.metrics.transcript('dropped')
    await telemetry.flush()
    await telemetry.shutdown()
    expect(receiver.spans().map(({ name }) => name)).toEqual(['a'])
  })

  it('sends in the background where it is given one, until it is shut down', async () => {
    const tasks: (() => void)[] = []
    let stopped = false
    const telemetry = telemetryTo({
      every: (_, task) => {
        tasks.push(task)
        return () => {
          stopped = true
        }
      },
    })
    telemetry.span('a').end()
    tasks[0]?.()
    await expect.poll(() => receiver.spans().length).toBe(1)
    telemetry.span('b').end()
    await telemetry.shutdown()
    expect(stopped).toBe(true)
    expect(receiver.spans().map(({ name }) => name)).toEqual(['a', 'b'])
  })

  it('holds a bounded number of spans when nobody flushes', async () => {
    const telemetry = telemetryTo()
    for (let count = 0; count < 10_000; count++) telemetry.span('a').end()
    await telemetry.flush()
    expect(receiver.spans()).toHaveLength(8_192)
  })
})
