import { describe, expect, it } from 'vitest'
import { Opaque } from '../../src/lib/opaque.ts'
import { fail, succeed } from '../../src/lib/result.ts'
import { createFakeGateway, deliberationOf, post, releasedText } from './fake-gateway.ts'

const PATH = '/v1/responses'
const ASKED = { model: 'fake-model', input: 'What is the capital of France?' }

async function ask(body: object, options: Parameters<typeof createFakeGateway>[0] = {}) {
  const { app, seen } = createFakeGateway(options)
  const response = await app.request(PATH, post({ ...ASKED, ...body }))
  return { response, seen, text: await response.text() }
}

describe('a Responses request', () => {
  it('is answered with the released text and the headers that name its exchange', async () => {
    const { response, text, seen } = await ask({})
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'application/json',
    ])
    expect(JSON.parse(text)).toMatchObject({
      object: 'response',
      id: expect.stringMatching(/^resp_[0-9a-f]{24}$/),
      status: 'completed',
      created_at: 1_800_000_000,
      model: 'fake-model',
      output: [{ type: 'message', content: [{ type: 'output_text', text: 'Paris.' }] }],
      usage: { input_tokens: 10, output_tokens: 20, total_tokens: 30 },
    })
    expect(response.headers.get('x-chambers-outcome')).toBe('released')
    expect(seen.records).toHaveLength(1)
    expect(seen.inquiries[0]?.turns).toEqual([{ role: 'user', content: ASKED.input }])
  })

  it('that asks for a stream gets named events, and no end but the last of them', async () => {
    const { response, text } = await ask({ stream: true })
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const names = [...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name)
    expect([names[0], names.at(-1)]).toEqual(['response.created', 'response.completed'])
    expect(text).not.toContain('[DONE]')
  })

  it('is told early of a failure, with its status', async () => {
    const outcome = fail({ reason: 'judge_timeout', channel: 'answer' } as const)
    const { response, text } = await ask({ stream: true }, { outcome })
    expect([response.status, JSON.parse(text).error.code]).toEqual([503, 'judge_unavailable'])
  })

  it('is told late of a failure by an event that clients raise', async () => {
    const { response, text } = await ask(
      { stream: true },
      {
        async deliberate(inquiry, call) {
          call.onAccepted?.()
          const outcome = fail({ reason: 'judge_timeout', channel: 'answer' } as const)
          return deliberationOf(inquiry, call.bundle, outcome)
        },
      },
    )
    expect(response.status).toBe(200)
    const events = text.split('\n').filter((line) => !line.startsWith(':'))
    expect(events[0]).toBe('event: error')
    expect(JSON.parse(events[1]?.slice('data: '.length) ?? '')).toMatchObject({
      type: 'error',
      code: 'judge_unavailable',
      error: { code: 'judge_unavailable', type: 'api_error' },
    })
    expect(text).not.toContain('response.completed')
  })

  it.each(['off', 'shadow'] as const)('in %s goes on to the same route', async (mode) => {
    const { seen } = await ask({}, { mode })
    expect(seen.upstream.map(({ url }) => url)).toEqual(['http://upstream.test/v1/responses'])
    expect(await seen.upstream[0]?.json()).toEqual(ASKED)
  })

  it('is told of its own parameter where an upstream refuses one', async () => {
    const failure = {
      reason: 'model_rejected',
      status: 400,
      code: 'invalid_json_schema',
      param: 'response_format.json_schema.schema',
      detail: new Opaque('x'),
      headers: {},
    } as const
    const { response, text } = await ask({}, { outcome: fail(failure) })
    expect([response.status, JSON.parse(text).error]).toEqual([
      400,
      expect.objectContaining({ code: 'invalid_json_schema', param: 'text.format.schema' }),
    ])
  })

  it.each([
    ['no model', { model: null }, 'model', 'invalid_request'],
    ['no input', { input: null }, 'input', 'invalid_request'],
    ['an item of no kind', { input: [{}] }, 'input[0].type', 'invalid_request'],
    [
      'a tool of the provider',
      { tools: [{ type: 'mcp' }] },
      'tools[0].type',
      'unsupported_parameter',
    ],
    ['work in the background', { background: true }, 'background', 'unsupported_parameter'],
  ])('with %s is refused before anything is spent', async (_, body, param, code) => {
    const { response, text, seen } = await ask(body)
    expect([response.status, JSON.parse(text).error]).toEqual([
      400,
      expect.objectContaining({ code, param, type: 'invalid_request_error' }),
    ])
    expect([seen.inquiries.length, seen.upstream.length]).toEqual([0, 0])
  })

  it('that is a list is refused', async () => {
    const { app } = createFakeGateway()
    const response = await app.request(PATH, post('[]'))
    expect([response.status, (await response.json()).error.message]).toEqual([
      400,
      'Send a JSON object as the body',
    ])
  })
})

describe.each([false, true])('what is sent (as a stream: %s)', (stream) => {
  it.each([
    ['the text', releasedText('It is SECRET.')],
    ['the model', { ...releasedText('Paris.'), model: 'SECRET' }],
  ])('holds no secret in %s', async (_, released) => {
    const { text, seen } = await ask({ stream }, { outcome: succeed(released) })
    expect(text).not.toContain('SECRET')
    expect(text).toContain('"code":"upstream_error"')
    expect(seen.records.map(({ deliberation }) => deliberation.outcome.ok)).toEqual([false])
  })

  it('may repeat what the client has said', async () => {
    const own = { metadata: { note: 'SECRET' }, tools: [{ type: 'function', name: 'SECRET' }] }
    const { response, text } = await ask({ stream, ...own })
    expect(response.status).toBe(200)
    expect(text).toContain('Paris.')
  })

  it('has only what was repeated excused, not an answer that says it too', async () => {
    const own = { metadata: { note: 'SECRET' } }
    const outcome = succeed(releasedText('SECRET'))
    const { text } = await ask({ stream, ...own }, { outcome })
    expect(text).not.toContain('SECRET')
  })
})
