/** The adapter against scripted fetches: forms, failures, retries, timeouts, aborts, and what it sends. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Prompt } from '../../../src/conversation/model.ts'
import { type Clock, type Random, systemClock } from '../../../src/lib/clock.ts'
import type { JsonObject } from '../../../src/lib/json.ts'
import { reveal } from '../../../src/lib/opaque.ts'
import { noSpan } from '../../../src/lib/tracing.ts'
import { chatDialect } from '../../../src/model/chat-dialect.ts'
import { createOpenAiModel, type OpenAiModelOptions } from '../../../src/model/openai-model.ts'

const random: Random = { hex: (bytes) => 'ab'.repeat(bytes), fraction: () => 0.5 }
const prompt: Prompt = {
  model: 'm',
  turns: [{ role: 'user', content: 'Hi' }],
  parameters: { temperature: 0, x_unknown: { a: 1 } },
  stream: false,
}
const streamed: Prompt = { ...prompt, stream: true }
const timeouts = { connectMs: 50, firstTokenMs: 5_000, idleMs: 5_000, totalMs: 20_000 }

type Sent = { readonly url: string; readonly headers: Headers; readonly body: JsonObject }

type Reply = Response | Error | ((init: RequestInit) => Promise<Response>)

/** Answers with the replies in turn; a function is called, an error is thrown. */
function scripted(...replies: readonly Reply[]) {
  const sent: Sent[] = []
  const fetch = async (
    input: string | URL | Request,
    init: RequestInit = {},
  ): Promise<Response> => {
    const bytes = init.body instanceof Uint8Array ? init.body : new TextEncoder().encode('null')
    const body = JSON.parse(new TextDecoder().decode(bytes)) as JsonObject
    sent.push({
      url: input instanceof Request ? input.url : String(input),
      headers: new Headers(init.headers),
      body,
    })
    const reply = replies[Math.min(sent.length, replies.length) - 1]
    if (reply === undefined || reply instanceof Error) throw reply ?? new Error('no reply')
    return typeof reply === 'function' ? reply(init) : reply
  }
  return { fetch, sent }
}

function createModel(
  fetch: OpenAiModelOptions['fetch'],
  options: Partial<OpenAiModelOptions> = {},
) {
  return createOpenAiModel({
    dialect: chatDialect,
    provider: 'test',
    baseURL: 'http://upstream.test/v1',
    apiKey: 'secret',
    fetch,
    random,
    clock: systemClock,
    timeouts,
    maxRetries: 2,
    maxBodyBytes: 1_000_000,
    ...options,
  })
}

const call = () => ({ signal: new AbortController().signal, span: noSpan })
const message = (fields: object, finish: string | null = 'stop') => ({
  id: 'x',
  model: 'm-1',
  choices: [{ index: 0, message: { role: 'assistant', ...fields }, finish_reason: finish }],
})
const whole = (fields: object, finish: string | null = 'stop') =>
  Response.json(message(fields, finish))
const events = (...deltas: readonly (object | string)[]) =>
  new Response(
    deltas
      .map((delta) =>
        typeof delta === 'string'
          ? delta
          : `data: ${JSON.stringify({ id: 'x', model: 'm-1', choices: [{ index: 0, ...delta }] })}\n\n`,
      )
      .join(''),
    { headers: { 'content-type': 'text/event-stream' } },
  )
/** A stream that writes what it is given and then neither ends nor goes on. */
function stalled(text: string, onCancel = () => {}): Response {
  return new Response(
    new ReadableStream<Uint8Array>({
      start: (controller) => {
        if (text) controller.enqueue(new TextEncoder().encode(text))
      },
      cancel: onCancel,
    }),
  )
}
const refusedWith =
  (status: number, headers: Record<string, string> = {}, error: object = {}) =>
  () =>
    Promise.resolve(
      Response.json(
        { error: { message: 'No, because of your prompt', ...error } },
        { status, headers },
      ),
    )

async function segmentsOf(reply: Response, request = prompt) {
  const result = await createModel(scripted(reply).fetch).complete(request, call())
  const choice = result.ok ? result.value.choices[0] : undefined
  return choice ? reveal(choice.output).map(({ channel, text }) => `${channel}:${text}`) : result
}

afterEach(() => void vi.useRealTimers())

describe('what is sent', () => {
  test('the prompt, its parameters, and no header of the package', async () => {
    const { fetch, sent } = scripted(whole({ content: 'Hi' }))
    await createModel(fetch).complete(prompt, {
      ...call(),
      span: { ...noSpan, traceparent: '00-1-2-01' },
    })
    expect(sent[0]?.url).toBe('http://upstream.test/v1/chat/completions')
    expect(sent[0]?.body).toEqual({
      temperature: 0,
      x_unknown: { a: 1 },
      model: 'm',
      messages: [{ role: 'user', content: 'Hi' }],
      stream: false,
    })
    expect([...(sent[0]?.headers ?? [])]).toEqual([
      ['accept', 'application/json'],
      ['authorization', 'Bearer secret'],
      ['content-type', 'application/json'],
      ['traceparent', '00-1-2-01'],
      ['user-agent', 'chambers'],
    ])
  })

  test("headers of the client's beside the gateway's own, whose values stay", async () => {
    const { fetch, sent } = scripted(whole({ content: 'Hi' }))
    const headers = { 'x-trace-id': 't', 'user-agent': 'app/1', authorization: 'Bearer client' }
    await createModel(fetch).complete(prompt, { ...call(), headers })
    expect([...(sent[0]?.headers ?? [])]).toEqual([
      ['accept', 'application/json'],
      ['authorization', 'Bearer secret'],
      ['content-type', 'application/json'],
      ['user-agent', 'app/1'],
      ['x-trace-id', 't'],
    ])
  })

  test('a stream asks for usage and keeps other stream options', async () => {
    const { fetch, sent } = scripted(events({ delta: { content: 'Hi' }, finish_reason: 'stop' }))
    await createModel(fetch).complete(
      { ...streamed, parameters: { stream_options: { include_obfuscation: false } } },
      call(),
    )
    expect(sent[0]?.body.stream_options).toEqual({
      include_obfuscation: false,
      include_usage: true,
    })
  })

  test('no authorization where the upstream wants none', async () => {
    const { fetch, sent } = scripted(whole({ content: 'Hi' }))
    await createModel(fetch, { apiKey: null }).complete(prompt, call())
    expect(sent[0]?.headers.has('authorization')).toBe(false)
  })

  test('nothing comes from the environment', async () => {
    vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'x-evil: 1')
    vi.stubEnv('OPENAI_ORG_ID', 'org')
    vi.stubEnv('OPENAI_BASE_URL', 'http://evil.test')
    const { fetch, sent } = scripted(whole({ content: 'Hi' }))
    await createModel(fetch).complete(prompt, call())
    vi.unstubAllEnvs()
    expect(sent[0]?.url).toContain('upstream.test')
    expect([...(sent[0]?.headers.keys() ?? [])]).not.toContain('x-evil')
    expect([...(sent[0]?.headers.keys() ?? [])]).not.toContain('openai-organization')
  })
})

test('ids of calls that were marked are the upstream’s own again', async () => {
  const { fetch, sent } = scripted(whole({ content: 'Hi' }))
  const toolCalls = ['a', 'a_same2'].map(
    (id) => ({ id, kind: 'function', name: 'f', arguments: '{}' }) as const,
  )
  const results = toolCalls.map(
    ({ id }) => ({ role: 'tool', content: 'x', toolCallId: id }) as const,
  )
  const turns = [...prompt.turns, { role: 'assistant', toolCalls } as const, ...results]
  await createModel(fetch).complete({ ...prompt, turns }, call())
  expect(JSON.stringify(sent[0]?.body)).not.toContain('_same')
})

describe('text and reasoning', () => {
  test.each([
    [{ content: 'Hi', reasoning_content: 'why' }, ['reasoning:why', 'content:Hi']],
    [{ content: 'Hi', reasoning: 'why' }, ['reasoning:why', 'content:Hi']],
    [{ content: 'Hi', reasoning: null, reasoning_content: '' }, ['content:Hi']],
    [
      { content: 'Hi', reasoning: 'why', reasoning_content: 'why' },
      ['reasoning:why', 'content:Hi'],
    ],
    [{ content: 'Hi', thinking: 'why' }, ['reasoning:why', 'content:Hi']],
    [
      {
        content: 'Hi',
        reasoning: 'why',
        reasoning_details: [{ type: 'reasoning.text', text: 'why' }],
      },
      ['reasoning:why', 'content:Hi'],
    ],
    [
      {
        content: 'Hi',
        reasoning_details: [
          { type: 'reasoning.text', text: 'a' },
          { type: 'reasoning.summary', summary: 'b' },
          { type: 'reasoning.encrypted', data: 'x' },
        ],
      },
      ['reasoning:ab', 'content:Hi'],
    ],
    [
      { content: 'Hi', reasoning_details: [{ type: 'reasoning.encrypted', data: 'x' }] },
      ['content:Hi'],
    ],
    [
      {
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'why' }] },
          { type: 'text', text: 'Hi' },
        ],
      },
      ['reasoning:why', 'content:Hi'],
    ],
    [{ content: 'plan', channel: 'analysis', tool_calls: [] }, ['reasoning:plan']],
    [{ content: 'plan', channel: 'thoughts' }, ['reasoning:plan']],
    [{ content: 'Hi', channel: 'final' }, ['content:Hi']],
    [{ content: 'Hi', channel: null }, ['content:Hi']],
    [
      {
        content: [
          { type: 'redacted_thinking', text: 'why' },
          { type: 'text', text: 'now', thought: true },
          { type: 'output_text', text: 'Hi' },
        ],
      },
      ['reasoning:whynow', 'content:Hi'],
    ],
    [{ content: '<think>why</think>Hi' }, ['content:<think>why</think>Hi']],
  ])('%j', async (fields, segments) => {
    expect(await segmentsOf(whole(fields))).toEqual(segments)
    expect(
      await segmentsOf(events({ delta: fields }, { delta: {}, finish_reason: 'stop' }), streamed),
    ).toEqual(segments)
  })

  test('a message beside or after deltas adds nothing', async () => {
    const reply = events(
      { delta: { content: 'a' }, message: { content: 'a' } },
      { delta: { content: 'b' }, message: { content: 'ab' } },
      { delta: {}, message: { content: 'ab' }, finish_reason: 'stop' },
    )
    expect(await segmentsOf(reply, streamed)).toEqual(['content:ab'])
  })

  test.each([
    ['padding before JSON', `\n   \n${JSON.stringify(message({ content: 'Hi' }))}`],
    ['a byte order mark', `\uFEFF${JSON.stringify(message({ content: 'Hi' }))}`],
    [
      'comments, empty data and re-sent comments',
      `: PING\n\ndata:\n\ndata: : PING\n\ndata: ${JSON.stringify(message({ content: 'Hi' }))}\n\n`,
    ],
    [
      'carriage returns',
      `data: ${JSON.stringify(message({ content: 'Hi' }))}\r\n\r\ndata: [DONE]\r\n\r\n`,
    ],
    ['no last blank line', `data: ${JSON.stringify(message({ content: 'Hi' }))}`],
    [
      'events with names, and some that only keep the connection alive',
      `event: ping\ndata: {"type": "ping"}\n\nevent: heartbeat\ndata: 1\n\nid: 7\nretry: 9\nevent: chat.completion.chunk\ndata: ${JSON.stringify(message({ content: 'Hi' }))}\n\nevent: done\ndata: done\n\n`,
    ],
    [
      'data that says nothing',
      `data: null\n\ndata:    \n\ndata: ${JSON.stringify(message({ content: 'Hi' }))}\n\ndata: null\n\ndata: [DONE]\n\n`,
    ],
    [
      'a chunk over several data lines',
      `data: {"choices":\ndata: [{"message":{"content":"Hi"},\ndata: "finish_reason":"stop"}]}\n\n`,
    ],
    [
      'carriage returns alone',
      `data: ${JSON.stringify(message({ content: 'Hi' }))}\r\rdata: [DONE]\r\r`,
    ],
    [
      'a byte order mark before events',
      `\uFEFFdata: ${JSON.stringify(message({ content: 'Hi' }))}\n\n`,
    ],
    [
      'white space before the first event',
      ` data: ${JSON.stringify(message({ content: 'Hi' }))}\n\n`,
    ],
  ])('reads %s', async (_name, text) => {
    expect(await segmentsOf(new Response(text), streamed)).toEqual(['content:Hi'])
  })
})

describe('network chunks', () => {
  test('a stream cut at any byte, within characters too, reads the same', async () => {
    const parts = ['<thi', 'nk>wäh', 'l 😀', '</think>', 'Grüße ', '👩‍👩‍👧', ' 中文']
    const text = `: PING\r\n\r\n${parts.map((content) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\r\n\r\n`).join('')}data: [DONE]`
    const bytes = new TextEncoder().encode(text)
    for (let at = 0; at <= bytes.length; at++) {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(bytes.slice(0, at))
          controller.enqueue(bytes.slice(at))
          controller.close()
        },
      })
      expect(await segmentsOf(new Response(body), streamed)).toEqual([`content:${parts.join('')}`])
    }
  })
})

describe('tool calls', () => {
  const piece = (item: object) => ({ delta: { tool_calls: [item] } })
  test.each([
    [
      'whole',
      [
        {
          delta: {
            tool_calls: [
              { index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } },
              {
                index: 1,
                id: 'b',
                type: 'function',
                function: { name: 'g', arguments: '{"x":1}' },
              },
            ],
          },
        },
      ],
      [
        ['a', 'function', 'f', '{}'],
        ['b', 'function', 'g', '{"x":1}'],
      ],
    ],
    [
      'in pieces, name and id repeated',
      [
        piece({ index: 1, id: 'a', function: { name: 'f', arguments: '{"x"' } }),
        piece({ index: 1, id: 'a', function: { name: 'f', arguments: ':1}' } }),
        piece({ index: 1, function: { name: '', arguments: null } }),
      ],
      [['a', 'function', 'f', '{"x":1}']],
    ],
    [
      'interleaved',
      [
        piece({ index: 0, id: 'a', function: { name: 'f', arguments: '1' } }),
        piece({ index: 1, id: 'b', function: { name: 'g', arguments: '2' } }),
        piece({ index: 0, function: { arguments: '3' } }),
      ],
      [
        ['a', 'function', 'f', '13'],
        ['b', 'function', 'g', '2'],
      ],
    ],
    [
      'without index',
      [
        piece({ id: 'a', function: { name: 'f', arguments: '{' } }),
        piece({ function: { arguments: '}' } }),
        piece({ id: 'b', function: { name: 'f', arguments: '{}' } }),
      ],
      [
        ['a', 'function', 'f', '{}'],
        ['b', 'function', 'f', '{}'],
      ],
    ],
    [
      'one index for two ids',
      [
        piece({ index: 0, id: 'a', function: { name: 'f', arguments: '{}' } }),
        piece({ index: 0, id: 'b', function: { name: 'f', arguments: '{}' } }),
      ],
      [
        ['a', 'function', 'f', '{}'],
        ['b', 'function', 'f', '{}'],
      ],
    ],
    [
      'a new id on each piece',
      [
        piece({ index: 0, id: 'a', function: { name: 'f', arguments: '{' } }),
        piece({ index: 0, id: 'b', function: { arguments: '}' } }),
      ],
      [['a', 'function', 'f', '{}']],
    ],
    [
      'arguments as an object, with its numbers and order',
      [
        'data: {"choices":[{"index":0,"delta":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":{"2":9007199254740993,"1":1.0}}}]}}]}\n\n',
      ],
      [['a', 'function', 'f', '{"2":9007199254740993,"1":1.0}']],
    ],
    [
      'no id at all, arguments as an object',
      [piece({ index: 0, function: { name: 'f', arguments: { x: 1 } } })],
      [['call_abababababababababababab', 'function', 'f', '{"x":1}']],
    ],
    [
      'custom',
      [piece({ id: 'a', type: 'custom', custom: { name: 'f', input: '4 + 4' } })],
      [['a', 'custom', 'f', '4 + 4']],
    ],
    [
      'custom in pieces, of which only the first names its type',
      [
        piece({ index: 0, id: 'a', type: 'custom', custom: { name: 'f', input: '' } }),
        piece({ index: 0, custom: { input: '4 ' } }),
        piece({ index: 0, custom: { input: '+ 4' } }),
      ],
      [['a', 'custom', 'f', '4 + 4']],
    ],
    [
      'custom placeholder beside a function',
      [
        piece({
          id: 'a',
          type: 'function',
          custom: { name: '', input: '' },
          function: { name: 'f', arguments: '{}' },
        }),
      ],
      [['a', 'function', 'f', '{}']],
    ],
    [
      'legacy in pieces',
      [
        { delta: { function_call: { name: 'f', arguments: '' } } },
        { delta: { function_call: { arguments: '{}' } } },
      ],
      [['', 'legacy', 'f', '{}']],
    ],
  ])('%s', async (_name, deltas, calls) => {
    const { fetch } = scripted(events(...deltas, { delta: {}, finish_reason: 'tool_calls' }))
    const result = await createModel(fetch).complete(streamed, call())
    const found = result.ok ? result.value.choices[0]?.toolCalls : undefined
    expect(found?.map((item) => [item.id, item.kind, item.name, item.arguments])).toEqual(calls)
  })

  test('an empty legacy call is none', async () => {
    const result = await createModel(
      scripted(whole({ content: 'Hi', function_call: { name: '', arguments: '' } })).fetch,
    ).complete(prompt, call())
    expect(result.ok && result.value.choices[0]?.toolCalls).toEqual([])
  })
})

describe('the rest of a reply', () => {
  test('usage in any place, the last of several', async () => {
    const usage = (completion_tokens: number) => ({
      prompt_tokens: 5,
      completion_tokens,
      completion_tokens_details: { reasoning_tokens: 2 },
    })
    for (const last of [
      { usage: usage(7) },
      { x_groq: { usage: usage(7) } },
      { choices: [{ index: 0, delta: {}, usage: usage(7) }] },
    ]) {
      const reply = events(
        { delta: { content: 'a' } },
        { delta: {}, finish_reason: 'stop' },
        `data: ${JSON.stringify({ usage: usage(1) })}\n\n`,
        `data: ${JSON.stringify(last)}\n\n`,
      )
      const result = await createModel(scripted(reply).fetch).complete(streamed, call())
      expect(result.ok && result.value.usage).toEqual({
        promptTokens: 5,
        completionTokens: 7,
        reasoningTokens: 2,
        promptDetails: {},
        completionDetails: {},
      })
    }
  })

  test('several choices, logprobs gathered and sealed', async () => {
    const reply = events(
      { index: 1, delta: { content: 'b' }, logprobs: { content: [{ token: 'b' }] } },
      { index: 0, delta: { content: 'a' }, finish_reason: 'stop' },
      { index: 1, delta: {}, logprobs: { content: [{ token: 'c' }] }, finish_reason: 'eos' },
    )
    const result = await createModel(scripted(reply).fetch).complete(streamed, call())
    const choices = result.ok ? result.value.choices : []
    expect(choices.map((choice) => [choice.index, choice.finishReason])).toEqual([
      [0, 'stop'],
      [1, 'stop'],
    ])
    expect(choices[1] && reveal(choices[1].logprobs)).toEqual({
      content: [{ token: 'b' }, { token: 'c' }],
    })
    expect(JSON.stringify(choices[1])).not.toContain('"b"')
  })

  test('refusal, annotations and audio', async () => {
    const reply = events(
      { delta: { refusal: 'I can' } },
      {
        delta: {
          refusal: 'not',
          annotations: [{ type: 'url_citation' }],
          audio: { id: 'a', data: 'AA', transcript: 'x' },
        },
      },
      { delta: { audio: { data: 'BB', transcript: 'y', expires_at: 9 } }, finish_reason: 'stop' },
    )
    const result = await createModel(scripted(reply).fetch).complete(streamed, call())
    const choice = result.ok ? result.value.choices[0] : undefined
    expect(choice?.refusal).toBe('I cannot')
    expect(choice?.annotations).toEqual([{ type: 'url_citation' }])
    expect(choice?.audio).toEqual({ id: 'a', data: 'AABB', transcript: 'xy', expires_at: 9 })
  })

  test.each([
    ['in a field of its own', { content: 'Here:', images: [{ type: 'image_url' }] }, ['image']],
    ['among the parts', { content: [{ type: 'image_url', image_url: { url: 'x' } }] }, ['image']],
    ['a sound among the parts', { content: [{ type: 'output_audio' }] }, ['audio']],
    ['none', { content: [{ type: 'text', text: 'Hi' }], images: [] }, undefined],
  ])('a picture %s is told', async (_name, fields, media) => {
    for (const reply of [whole(fields), events({ delta: fields, finish_reason: 'stop' })]) {
      const result = await createModel(scripted(reply).fetch).complete(prompt, call())
      expect(result.ok && result.value.choices[0]?.media).toEqual(media)
    }
  })

  test.each([
    ['eos', 'stop'],
    ['', null],
    [null, null],
    ['max_tokens', 'length'],
    ['max_output_tokens', 'length'],
    ['COMPLETED', 'stop'],
    ['refusal', 'content_filter'],
    ['weird', null],
  ])('finish reason %j is %j', async (word, reason) => {
    const result = await createModel(scripted(whole({ content: 'Hi' }, word)).fetch).complete(
      prompt,
      call(),
    )
    expect(result.ok && result.value.choices[0]?.finishReason).toBe(reason)
  })

  test('a model or an id that could be a sentence is none', async () => {
    const said = { ...message({ content: 'Hi' }), id: 'the user', model: 'wants this' }
    const result = await createModel(scripted(Response.json(said)).fetch).complete(prompt, call())
    expect(result.ok && [result.value.id, result.value.model]).toEqual(['', ''])
  })

  test('headers by allow-list', async () => {
    const reply = Response.json(message({ content: 'Hi' }), {
      headers: {
        'x-request-id': 'r',
        'x-ratelimit-limit-tokens': '9',
        'set-cookie': 's',
        'openai-organization': 'o',
      },
    })
    const result = await createModel(scripted(reply).fetch).complete(prompt, call())
    expect(result.ok && result.value.headers).toEqual({
      'x-request-id': 'r',
      'x-ratelimit-limit-tokens': '9',
    })
  })
})

describe('failures', () => {
  const chunk = (delta: object, finish: string | null = null) =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
  test.each([
    ['an empty body', '', { reason: 'model_empty' }],
    [
      'an answer without content',
      JSON.stringify(message({ content: null })),
      { reason: 'model_empty' },
    ],
    ['a stream of [DONE] alone', 'data: [DONE]\n\n', { reason: 'model_empty' }],
    ['a stream without end', chunk({ content: 'a' }), { reason: 'model_cut' }],
    [
      'a stream cut in an event',
      `${chunk({ content: 'a' })}data: {"choices":[{"del`,
      { reason: 'model_cut' },
    ],
    ['a body cut short', '{"choices":[{"message":{"content":"a', { reason: 'model_cut' }],
    [
      'one of two choices unfinished',
      `${chunk({ content: 'a' }, 'stop')}data: {"choices":[{"index":1,"delta":{"content":"b"}}]}\n\n`,
      { reason: 'model_cut' },
    ],
    [
      'an error in a 200 body',
      '{"error":{"message":"no","code":"quota"}}',
      { reason: 'model_error_in_body', code: 'quota' },
    ],
    [
      'an answer that its server gave up',
      `${chunk({ content: 'a' })}${chunk({}, 'abort')}data: [DONE]\n\n`,
      { reason: 'model_error_in_body', code: 'abort' },
    ],
    [
      'an error as a string',
      '{"error":"your prompt"}',
      { reason: 'model_error_in_body', code: null },
    ],
    [
      'an error whose code is text',
      '{"error":{"code":"your prompt said"}}',
      { reason: 'model_error_in_body', code: null },
    ],
    [
      'an error in a stream',
      `${chunk({ content: 'a' })}event: error\ndata: {"error":{"code":400}}\n\n`,
      { reason: 'model_rejected', status: 400, code: null },
    ],
    [
      'an error event in words alone',
      'event: error\ndata: overloaded, your prompt\n\n',
      { reason: 'model_error_in_body', code: null },
    ],
    [
      'an error event without the key',
      'event: error\ndata: {"code":"x"}\n\n',
      { reason: 'model_error_in_body', code: 'x' },
    ],
    [
      'an error after the finish',
      `${chunk({ content: 'a' }, 'stop')}data: {"error":{"code":"late"}}\n\n`,
      { reason: 'model_error_in_body', code: 'late' },
    ],
    [
      'a breakdown as finish reason',
      chunk({ content: 'a' }, 'insufficient_system_resource'),
      { reason: 'model_error_in_body', code: 'insufficient_system_resource' },
    ],
    [
      'a breakdown that is told beside the finish reason',
      '{"choices":[{"message":{"content":""},"error":{"code":400},"finish_reason":"error"}]}',
      { reason: 'model_rejected', status: 400, code: null },
    ],
    [
      'an error in a list',
      '[{"error":{"code":400}}]',
      { reason: 'model_rejected', status: 400, code: null },
    ],
    [
      'an error in a list within a stream',
      'data: [{"error":{"code":400}}]\n\n',
      { reason: 'model_rejected', status: 400, code: null },
    ],
    [
      'detail instead of an answer',
      '{"detail":"no"}',
      { reason: 'model_error_in_body', code: null },
    ],
    [
      'garbage in JSON',
      '{"choices": nonsense}',
      { reason: 'model_unreadable', detail: 'not_json' },
    ],
    [
      'garbage in a stream',
      'data: nonsense\n\n',
      { reason: 'model_unreadable', detail: 'not_json' },
    ],
    ['another object', '{"hello":"there"}', { reason: 'model_unreadable', detail: 'no_choices' }],
    ['HTML', '<html><body>502</body></html>', { reason: 'model_unreadable', detail: 'no_events' }],
    ['a stream of comments alone', ': waiting\n\n', { reason: 'model_cut' }],
  ])('%s', async (_name, text, failure) => {
    const { fetch, sent } = scripted(new Response(text))
    expect(await createModel(fetch).complete(streamed, call())).toMatchObject({
      ok: false,
      failure,
    })
    expect(sent).toHaveLength(1)
  })

  test('a body over the bound is cancelled', async () => {
    let isCancelled = false
    const reply = stalled(chunk({ content: 'a'.repeat(2000) }), () => {
      isCancelled = true
    })
    const result = await createModel(scripted(reply).fetch, { maxBodyBytes: 1000 }).complete(
      streamed,
      call(),
    )
    expect(result).toEqual({ ok: false, failure: { reason: 'model_too_large', limitBytes: 1000 } })
    expect(isCancelled).toBe(true)
  })

  test('an empty answer that ran out of tokens or was filtered is an answer', async () => {
    for (const reason of ['length', 'content_filter']) {
      const result = await createModel(scripted(whole({ content: null }, reason)).fetch).complete(
        prompt,
        call(),
      )
      expect(result.ok && result.value.choices[0]?.finishReason).toBe(reason)
    }
  })

  test('a 4xx keeps its codes, seals its words and is not retried', async () => {
    const { fetch, sent } = scripted(
      refusedWith(
        400,
        { 'x-request-id': 'r' },
        { code: 'context_length_exceeded', type: 'invalid_request_error', param: 'messages' },
      ),
    )
    const result = await createModel(fetch).complete(prompt, call())
    expect(result.ok || result.failure).toMatchObject({
      reason: 'model_rejected',
      status: 400,
      code: 'context_length_exceeded',
      param: 'messages',
      headers: { 'x-request-id': 'r' },
    })
    expect(JSON.stringify(result)).not.toContain('because')
    expect(
      !result.ok && result.failure.reason === 'model_rejected' && reveal(result.failure.detail),
    ).toContain('because of your prompt')
    expect(sent).toHaveLength(1)
  })

  test.each([[401], [403]])("%i is the gateway's own", async (status) => {
    const result = await createModel(scripted(refusedWith(status)).fetch).complete(prompt, call())
    expect(result).toEqual({ ok: false, failure: { reason: 'model_unauthorized', status } })
  })

  test('a redirect is not followed', async () => {
    const reply = new Response(null, { status: 307, headers: { location: 'http://evil.test' } })
    const result = await createModel(scripted(reply).fetch).complete(prompt, call())
    expect(result).toEqual({ ok: false, failure: { reason: 'model_error_status', status: 307 } })
  })
})

describe('retries', () => {
  async function run(replies: readonly Reply[], request = prompt) {
    vi.useFakeTimers()
    const { fetch, sent } = scripted(...replies)
    let accepted = 0
    const started = Date.now()
    const pending = createModel(fetch).complete(request, {
      ...call(),
      onAccepted: () => {
        accepted++
      },
    })
    await vi.runAllTimersAsync()
    return {
      result: await pending,
      tries: sent.length,
      accepted,
      waited: Date.now() - started,
    }
  }
  const refused = Object.assign(new TypeError('fetch failed'), {
    cause: Object.assign(new Error('connect ECONNREFUSED 10.0.0.1'), { code: 'ECONNREFUSED' }),
  })

  test.each([[408], [409], [429], [500], [502], [503], [529]])(
    '%i is tried again',
    async (status) => {
      const { result, tries, accepted } = await run([refusedWith(status), whole({ content: 'Hi' })])
      expect(result.ok && result.value.timings.tries).toBe(2)
      expect([tries, accepted]).toEqual([2, 1])
    },
  )

  test('a rate limit within a 200 is tried again, and kept with its header where it stays', async () => {
    const limited = () =>
      Promise.resolve(
        Response.json({ error: { code: 429 } }, { headers: { 'retry-after-ms': '5' } }),
      )
    const { result, tries } = await run([limited, whole({ content: 'Hi' })])
    expect([result.ok, tries]).toEqual([true, 2])
    expect((await run([limited])).result).toMatchObject({
      failure: { status: 429, code: 'rate_limited', headers: { 'retry-after-ms': '5' } },
    })
  })

  test('an overload within an answer under way is told, and not tried again', async () => {
    const overloaded = 'data: {"error":{"type":"overloaded_error"}}\n\n'
    const { result, tries } = await run([events({ delta: { content: 'a' } }, overloaded)], streamed)
    expect(result).toMatchObject({ failure: { code: 'upstream_overloaded' } })
    expect(tries).toBe(1)
  })

  test.each([[400], [404], [422]])('%i is not', async (status) => {
    expect((await run([refusedWith(status), whole({ content: 'Hi' })])).tries).toBe(1)
  })

  test('a refused connection is tried again, then named by its code alone', async () => {
    const { result, tries } = await run([refused])
    expect(result).toEqual({
      ok: false,
      failure: { reason: 'model_unreachable', detail: 'ECONNREFUSED' },
    })
    expect(tries).toBe(3)
  })

  test('a connect timeout is one', async () => {
    const { result } = await run([
      Object.assign(new Error('x'), { code: 'UND_ERR_CONNECT_TIMEOUT' }),
    ])
    expect(result).toEqual({ ok: false, failure: { reason: 'model_timeout', phase: 'connect' } })
  })

  test("the server's wait is honoured", async () => {
    const { tries, waited } = await run([
      refusedWith(429, { 'retry-after': '3' }),
      whole({ content: 'Hi' }),
    ])
    expect(tries).toBe(2)
    expect(waited).toBeGreaterThanOrEqual(3000)
    expect(waited).toBeLessThan(3300)
  })

  test('a longer wait is left to the client, with its header', async () => {
    const { result, tries } = await run([refusedWith(429, { 'retry-after': '60' })])
    expect(!result.ok && result.failure).toMatchObject({
      reason: 'model_rejected',
      status: 429,
      headers: { 'retry-after': '60' },
    })
    expect(tries).toBe(1)
  })

  test.each([
    ['a spent quota', refusedWith(429, {}, { code: 'insufficient_quota' })],
    ['a server that advises against it', refusedWith(503, { 'x-should-retry': 'false' })],
  ])('%s is not tried again', async (_name, reply) => {
    expect((await run([reply])).tries).toBe(1)
  })

  test('a stream that broke before its first token is tried again, one that broke after is not', async () => {
    const broken = (text: string) => () =>
      Promise.resolve(
        new Response(
          new ReadableStream<Uint8Array>(
            {
              pull(controller) {
                if (text === '') controller.error(new Error('reset'))
                else controller.enqueue(new TextEncoder().encode(text))
                text = ''
              },
            },
            { highWaterMark: 0 },
          ),
        ),
      )
    expect(
      (
        await run(
          [broken(': PING\n\n'), events({ delta: { content: 'Hi' }, finish_reason: 'stop' })],
          streamed,
        )
      ).tries,
    ).toBe(2)
    const after = await run(
      [broken('data: {"choices":[{"delta":{"content":"a"}}]}\n\n'), whole({ content: 'Hi' })],
      streamed,
    )
    expect(after.result).toEqual({ ok: false, failure: { reason: 'model_cut' } })
    expect(after.tries).toBe(1)
  })
})

describe('time and aborts', () => {
  const short = { connectMs: 10, firstTokenMs: 30, idleMs: 30, totalMs: 200 }
  const token = 'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n'
  test.each([
    ['no headers', () => new Promise<Response>(() => {}), 'first_token', short],
    ['no first byte', () => Promise.resolve(stalled('')), 'first_token', short],
    ['comments alone', () => Promise.resolve(stalled(': PING\n\n')), 'first_token', short],
    ['silence after a token', () => Promise.resolve(stalled(token)), 'idle', short],
    [
      'everything slow',
      () => Promise.resolve(stalled(token)),
      'total',
      { ...short, idleMs: 10_000, totalMs: 40 },
    ],
  ])('%s', async (_name, reply, phase, bounds) => {
    const hanging = (init: RequestInit) =>
      Promise.race([
        reply(),
        new Promise<Response>((_, reject) =>
          init.signal?.addEventListener('abort', () => reject(new DOMException('x', 'AbortError'))),
        ),
      ])
    const result = await createModel(scripted(hanging).fetch, {
      timeouts: bounds,
      maxRetries: 0,
    }).complete(streamed, call())
    expect(result).toEqual({ ok: false, failure: { reason: 'model_timeout', phase } })
  })

  test.each([['client'], ['deadline']] as const)(
    'a call aborted by the %s ends at once and cancels the body',
    async (by) => {
      let isCancelled = false
      const controller = new AbortController()
      const { fetch } = scripted(
        stalled(token, () => {
          isCancelled = true
        }),
      )
      const pending = createModel(fetch).complete(streamed, {
        signal: controller.signal,
        span: noSpan,
        onAccepted: () => queueMicrotask(() => controller.abort({ by })),
      })
      expect(await pending).toEqual({ ok: false, failure: { reason: 'aborted', by } })
      expect(isCancelled).toBe(true)
    },
  )

  test('an abort ends the wait between tries', async () => {
    // No time passes but what the abort is in need of.
    vi.useFakeTimers()
    const controller = new AbortController()
    const { fetch, sent } = scripted(() => {
      setTimeout(() => controller.abort({ by: 'client' }), 5)
      return refusedWith(503)()
    })
    const pending = createModel(fetch).complete(prompt, {
      signal: controller.signal,
      span: noSpan,
    })
    await vi.advanceTimersByTimeAsync(5)
    expect(await pending).toEqual({ ok: false, failure: { reason: 'aborted', by: 'client' } })
    expect(sent).toHaveLength(1)
  })

  test('a call that was aborted before it began sends nothing', async () => {
    const { fetch, sent } = scripted(whole({ content: 'Hi' }))
    const result = await createModel(fetch).complete(prompt, {
      signal: AbortSignal.abort({ by: 'client' }),
      span: noSpan,
    })
    expect(result).toEqual({ ok: false, failure: { reason: 'aborted', by: 'client' } })
    expect(sent).toHaveLength(0)
  })

  test('timings are durations of the given clock', async () => {
    let now = 0
    const clock: Clock = { now: () => 0, monotonic: () => (now += 10) }
    const result = await createModel(scripted(whole({ content: 'Hi' })).fetch, { clock }).complete(
      prompt,
      call(),
    )
    expect(result.ok && result.value.timings.tries).toBe(1)
    expect(result.ok && result.value.timings.totalMs).toBeGreaterThan(
      result.ok ? result.value.timings.firstByteMs : 0,
    )
  })
})
