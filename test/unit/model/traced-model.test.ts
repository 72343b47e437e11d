import { describe, expect, it } from 'vitest'
import type { Completion, Model, Prompt } from '../../../src/conversation/model.ts'
import { Opaque } from '../../../src/lib/opaque.ts'
import { fail, succeed } from '../../../src/lib/result.ts'
import { noSpan, type Span, type SpanAttributes } from '../../../src/lib/tracing.ts'
import { type EndedCall, traceModel } from '../../../src/model/traced-model.ts'
import { admitAttributes } from '../../../src/telemetry/attributes.ts'

const CANARY = 'tell nobody about the heron'

const PROMPT: Prompt = {
  model: 'm-1',
  turns: [{ role: 'user', content: CANARY }],
  parameters: { n: 2, max_tokens: 9, stop: CANARY },
  stream: false,
}

const COMPLETION: Completion = {
  id: 'chatcmpl-1',
  model: 'm-1-2026',
  serviceTier: null,
  systemFingerprint: null,
  choices: [
    {
      index: 0,
      output: new Opaque([{ channel: 'content', text: CANARY }]),
      logprobs: new Opaque(null),
      refusal: CANARY,
      toolCalls: [],
      finishReason: 'stop',
      audio: null,
      annotations: null,
    },
  ],
  usage: {
    promptTokens: 5,
    completionTokens: 3,
    reasoningTokens: 2,
    promptDetails: {},
    completionDetails: {},
  },
  timings: { firstByteMs: 250, totalMs: 900, tries: 2 },
  headers: {},
}

function record() {
  const said: Record<string, unknown> = {}
  const steps: string[] = []
  const child: Span = {
    ...noSpan,
    set: (attributes: SpanAttributes) => void Object.assign(said, attributes),
    fail: (reason) => void steps.push(`failed ${reason}`),
    end: () => void steps.push('ended'),
  }
  const span: Span = {
    ...noSpan,
    child(name, attributes) {
      steps.push(name)
      Object.assign(said, attributes)
      return child
    },
  }
  return { span, child, said, steps }
}

async function run(complete: Model['complete']) {
  const { span, child, said, steps } = record()
  const calls: EndedCall[] = []
  let now = 0
  const clock = { now: () => 0, monotonic: () => (now += 100) }
  const model = traceModel(
    { provider: 'openai', complete },
    { clock, onEnded: (call) => calls.push(call) },
  )
  const { signal } = new AbortController()
  const result = await model.complete(PROMPT, { signal, span }).catch((error: unknown) => error)
  return { result, said, steps, calls, child }
}

describe('a traced call', () => {
  it('says counts, ids and finish reasons, all of them on the closed list', async () => {
    const { said, steps, calls } = await run(async () => succeed(COMPLETION))
    expect(said).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'm-1',
      'gen_ai.request.stream': false,
      'gen_ai.request.max_tokens': 9,
      'gen_ai.request.choice.count': 2,
      'gen_ai.response.id': 'chatcmpl-1',
      'gen_ai.response.model': 'm-1-2026',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.response.time_to_first_chunk': 0.25,
      'gen_ai.usage.input_tokens': 5,
      'gen_ai.usage.output_tokens': 3,
      'gen_ai.usage.reasoning.output_tokens': 2,
      'chambers.tries': 2,
    })
    expect(admitAttributes(said as SpanAttributes)).toEqual(said)
    expect(steps).toEqual(['chat', 'ended'])
    expect(calls).toEqual([{ model: 'm-1', failure: null, ms: 100 }])
  })

  it('that fails says its class', async () => {
    const failure = { reason: 'model_unreachable', detail: CANARY } as const
    const { result, said, steps, calls } = await run(async () => fail(failure))
    expect(result).toEqual({ ok: false, failure })
    expect(steps).toEqual(['chat', 'failed model_unreachable', 'ended'])
    expect(calls).toEqual([{ model: 'm-1', failure: 'model_unreachable', ms: 100 }])
    expect(JSON.stringify([said, calls])).not.toContain('heron')
  })

  it('that throws ends all the same', async () => {
    const { result, steps } = await run(() => Promise.reject(new Error('defect')))
    expect(result).toEqual(new Error('defect'))
    expect(steps).toEqual(['chat', 'failed internal', 'ended'])
  })

  it('runs within its own span', async () => {
    let seen: Span | undefined
    const { child } = await run(async (_, options) => {
      seen = options.span
      return succeed(COMPLETION)
    })
    expect(seen).toBe(child)
  })
})
