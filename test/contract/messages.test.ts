/** The door of Messages as its clients see it: answers, streams, errors, ids, counts and lists. */
import { describe, expect, it } from 'vitest'
import type { Failure } from '../../src/conversation/failures.ts'
import { Opaque } from '../../src/lib/opaque.ts'
import { fail, succeed } from '../../src/lib/result.ts'
import {
  createFakeGateway,
  deliberationOf,
  type FakeOptions,
  KEY,
  post,
  releasedText,
} from './fake-gateway.ts'

const PATH = '/v1/messages'
const ASK = {
  model: 'fake-model',
  max_tokens: 100,
  messages: [{ role: 'user', content: 'What is the capital of France?' }],
}

/** As the official libraries send it: the key in a header of its own. */
function send(body: unknown, headers: Record<string, string> = {}): RequestInit {
  const { authorization: _, ...rest } = post(body).headers as Record<string, string>
  const own = { 'x-api-key': KEY, 'anthropic-version': '2023-06-01' }
  return { ...post(body), headers: { ...rest, ...own, ...headers } }
}

const ask = (options: FakeOptions = {}, body: unknown = ASK) =>
  createFakeGateway(options).app.request(PATH, send(body))

describe('a request for a message', () => {
  it('is answered with the released text, and with its id where clients look for it', async () => {
    const { app, seen } = createFakeGateway()
    const response = await app.request(PATH, send(ASK))
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      type: 'message',
      model: 'fake-model',
      content: [{ type: 'text', text: 'Paris.' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 10, output_tokens: 20 },
    })
    expect(response.headers.get('request-id')).toBe(response.headers.get('x-request-id'))
    expect(response.headers.get('x-chambers-outcome')).toBe('released')
    expect(seen.records).toHaveLength(1)
  })

  it('is streamed where it asks for it, and ends without a word of chat', async () => {
    const response = await ask({}, { ...ASK, stream: true })
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const text = await response.text()
    expect(text).toContain('event: content_block_delta\ndata: {"type":"content_block_delta"')
    expect(text).toMatch(/event: message_stop\ndata: \{"type":"message_stop"\}\n\n$/)
  })

  it('is relayed to the same contract at the upstream in `off`', async () => {
    const { app, seen } = createFakeGateway({ mode: 'off' })
    await app.request(PATH, send(ASK))
    expect(seen.upstream.map(({ url }) => url)).toEqual(['http://upstream.test/v1/messages'])
  })

  it('goes on with what says how the contract is spoken, and nothing else of its headers', async () => {
    const given: unknown[] = []
    const { app } = createFakeGateway({
      async deliberate(inquiry, call) {
        given.push(call.headers)
        return deliberationOf(inquiry, call.bundle, succeed(releasedText('Paris.')))
      },
    })
    await app.request(PATH, send(ASK, { 'anthropic-beta': 'a,b', 'x-other': 'o' }))
    expect(given).toEqual([{ 'anthropic-version': '2023-06-01', 'anthropic-beta': 'a,b' }])
  })

  it.each(['shadow', 'off'] as const)(
    'is relayed with it in %s, and with the gateway’s key where servers of it look',
    async (mode) => {
      const { app, seen } = createFakeGateway({ mode })
      await app.request(PATH, send(ASK, { 'anthropic-beta': 'a,b' }))
      const { headers } = seen.upstream[0] ?? {}
      const names = ['anthropic-version', 'anthropic-beta', 'x-api-key', 'authorization']
      expect(names.map((name) => headers?.get(name))).toEqual([
        '2023-06-01',
        'a,b',
        'vendor-key',
        null,
      ])
    },
  )

  it('is not answered with a secret in the names of a call’s input', async () => {
    const [choice] = releasedText('').choices
    const call = { id: 't1', kind: 'function', name: 'f', arguments: '{"a":{"SECRET":1}}' } as const
    const answer = {
      parts: [{ kind: 'tool_call', call }],
      finishReason: 'tool_calls',
      logprobs: null,
    } as const
    const outcome = succeed({ ...releasedText(''), choices: [{ ...choice, answer }] } as never)
    for (const stream of [false, true]) {
      const text = await (await ask({ outcome }, { ...ASK, stream })).text()
      expect(text).not.toContain('SECRET')
      expect(text).toContain('"type":"api_error"')
    }
  })
})

const rejected = (status: number, code: string | null, param: string | null = null): Failure => ({
  reason: 'model_rejected',
  status,
  code,
  param,
  detail: new Opaque('the upstream’s own words'),
  headers: { 'retry-after': '7' },
})

describe('an error', () => {
  it.each<[Failure, number, string, string]>([
    [
      rejected(404, 'model_not_found'),
      404,
      'not_found_error',
      'The model server has no such model',
    ],
    [
      rejected(429, null),
      429,
      'rate_limit_error',
      'The model server takes no more requests for now',
    ],
    [
      rejected(529, 'upstream_overloaded'),
      529,
      'overloaded_error',
      'The model server has more to do than it can take',
    ],
    [{ reason: 'model_empty' }, 502, 'api_error', 'The model server failed'],
    [
      { reason: 'judge_timeout', channel: 'answer' },
      503,
      'api_error',
      'The answer could not be checked, so it was not released',
    ],
    [
      { reason: 'model_timeout', phase: 'idle' },
      504,
      'timeout_error',
      'The model server took too long',
    ],
    [
      rejected(400, null, 'stop'),
      400,
      'invalid_request_error',
      'stop_sequences: The model server did not accept the request',
    ],
    [
      rejected(400, null, 'tools[0].function.parameters.type'),
      400,
      'invalid_request_error',
      'tools.0.input_schema.type: The model server did not accept the request',
    ],
  ])('for %j is told in the contract’s envelope: %i %s', async (failure, status, type, message) => {
    const response = await ask({ outcome: fail(failure) })
    const id = response.headers.get('request-id')
    expect([response.status, await response.json()]).toEqual([
      status,
      { type: 'error', error: { type, message }, request_id: id },
    ])
  })

  it('for a body names the place', async () => {
    const response = await ask({}, { ...ASK, messages: [{ role: 'user', content: [{}] }] })
    const { error } = await response.json()
    expect([response.status, error]).toEqual([
      400,
      {
        type: 'invalid_request_error',
        message: 'messages.0.content.0.type: it must be a string, not nothing',
      },
    ])
  })

  it.each<[string, string, RequestInit, number, string]>([
    ['a key that is none', PATH, send(ASK, { 'x-api-key': 'sk-1' }), 401, 'authentication_error'],
    ['another way to ask', PATH, { headers: send(ASK).headers ?? {} }, 404, 'not_found_error'],
    ['a route below', `${PATH}/batches`, send(ASK), 404, 'not_found_error'],
    ['a route elsewhere', '/v1/files', send(ASK), 404, 'not_found_error'],
    ['no JSON', PATH, send('{'), 400, 'invalid_request_error'],
    [
      'another policy',
      PATH,
      send(ASK, { 'x-chambers-policy': 'agentic' }),
      403,
      'permission_error',
    ],
  ])('for %s is told in it, too', async (_, path, init, status, type) => {
    const response = await createFakeGateway().app.request(path, init)
    const body = await response.json()
    expect([response.status, body.type, body.error.type]).toEqual([status, 'error', type])
    expect(body.request_id).toBe(response.headers.get('request-id'))
  })

  it('for a body that is too large is told in it, too', async () => {
    const response = await ask({ maxBodyBytes: 20 })
    expect([response.status, (await response.json()).error.type]).toEqual([
      413,
      'request_too_large',
    ])
  })

  it('that comes late is the last event of its stream', async () => {
    const response = await ask(
      {
        async deliberate(_inquiry, call) {
          call.onAccepted?.()
          throw new Error('a defect')
        },
      },
      { ...ASK, stream: true },
    )
    expect(response.status).toBe(200)
    const id = response.headers.get('request-id')
    expect(await response.text()).toBe(
      `: held\nevent: error\ndata: ${JSON.stringify({
        type: 'error',
        error: { type: 'api_error', message: 'The gateway failed' },
        request_id: id,
      })}\n\n`,
    )
  })
})

describe('a count of tokens', () => {
  const count = (body: unknown) =>
    createFakeGateway().app.request(`${PATH}/count_tokens`, send(body))
  const { max_tokens: _, ...conversation } = ASK

  it('needs no limit, and asks nobody', async () => {
    const { app, seen } = createFakeGateway()
    const response = await app.request(`${PATH}/count_tokens`, send(conversation))
    expect(await response.json()).toEqual({ input_tokens: 9 })
    expect([seen.upstream, seen.inquiries]).toEqual([[], []])
  })

  it.each([
    ['a system prompt', { system: 'Be kind to everybody.' }],
    ['tools', { tools: [{ name: 'f', input_schema: { type: 'object' } }] }],
    [
      'pictures',
      {
        messages: [
          ...ASK.messages,
          {
            role: 'user',
            content: [{ type: 'image', source: { type: 'url', url: 'https://x/y' } }],
          },
        ],
      },
    ],
  ])('counts %s', async (_, more) => {
    const { input_tokens: tokens } = await (await count({ ...conversation, ...more })).json()
    expect(tokens).toBeGreaterThan(9)
  })

  it('is the upstream’s own where it counts', async () => {
    const { app, seen } = createFakeGateway({
      counts: true,
      upstream: async () => Response.json({ input_tokens: 42 }),
    })
    const response = await app.request(`${PATH}/count_tokens`, send(conversation))
    expect(await response.json()).toEqual({ input_tokens: 42 })
    const [asked] = seen.upstream
    expect([asked?.url, asked?.headers.get('x-api-key')]).toEqual([
      'http://upstream.test/v1/messages/count_tokens',
      'vendor-key',
    ])
    expect(await asked?.json()).toEqual(conversation)
  })

  it('of what is no conversation is refused by its place', async () => {
    const response = await count({ ...conversation, messages: [] })
    expect([response.status, (await response.json()).error.message]).toEqual([
      400,
      'messages: it must be a list of at least 1, not a list of 0',
    ])
  })
})

describe('a list of models', () => {
  const list = {
    object: 'list',
    data: [
      { id: 'a', object: 'model', created: 1_700_000_000, owned_by: 'x', max_model_len: 8192 },
      { id: 'b', object: 'model', owned_by: 'x' },
    ],
  }
  const listed = async (told: unknown, path = '/v1/models', headers = send({}).headers) =>
    (
      await createFakeGateway({ upstream: async () => Response.json(told) }).app.request(path, {
        headers: headers ?? {},
      })
    ).json()

  it('is told in the shape of the contract that the client names', async () => {
    expect(await listed(list)).toEqual({
      data: [
        {
          type: 'model',
          id: 'a',
          display_name: 'a',
          created_at: '2023-11-14T22:13:20.000Z',
          capabilities: null,
          deprecated_at: null,
          lifecycle: 'active',
          line: null,
          max_input_tokens: 8192,
          max_tokens: null,
          retires_at: null,
        },
        expect.objectContaining({ id: 'b', created_at: '1970-01-01T00:00:00.000Z' }),
      ],
      has_more: false,
      first_id: 'a',
      last_id: 'b',
    })
    expect(await listed(list, '/v1/models', post({}).headers)).toEqual(list)
  })

  it.each([
    ['?limit=1', { data: [{ id: 'a' }], has_more: true, last_id: 'a' }],
    ['?limit=1&after_id=a', { data: [{ id: 'b' }], has_more: false, last_id: 'b' }],
    ['?before_id=b', { data: [{ id: 'a' }], has_more: false, first_id: 'a' }],
  ])('comes in pages: %s', async (query, page) => {
    expect(await listed(list, `/v1/models${query}`)).toMatchObject(page)
  })

  it.each([
    ['Messages', send({}).headers, 400],
    ['chat', post({}).headers, 200],
  ])('has pages for clients of Messages alone: %s', async (_, headers, status) => {
    const { app } = createFakeGateway({ upstream: async () => Response.json(list) })
    const response = await app.request('/v1/models?limit=none', { headers: headers ?? {} })
    expect(response.status).toBe(status)
  })

  it('is told of one model, too', async () => {
    expect(await listed(list.data[0], '/v1/models/a')).toMatchObject({ type: 'model', id: 'a' })
  })

  it('of a server that speaks Messages is told to clients of chat in theirs', async () => {
    const model = { type: 'model', id: 'a', display_name: 'A', created_at: '2023-11-14T22:13:20Z' }
    const chat = { id: 'a', object: 'model', created: 1_700_000_000, owned_by: 'upstream' }
    const told = { data: [model], has_more: false, first_id: 'a', last_id: 'a' }
    expect(await listed(told, '/v1/models', post({}).headers)).toEqual({
      object: 'list',
      data: [chat],
    })
    expect(await listed(told)).toEqual(told)
  })
})
