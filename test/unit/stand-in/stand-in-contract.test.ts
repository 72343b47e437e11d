/** The stand-in against OpenAI's contract: the official client over HTTP, and the published schemas. */
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStandIn } from '../../../src/stand-in/stand-in.ts'
import { type StandInServer, startStandIn } from '../../../src/stand-in/stand-in-server.node.ts'
import { openAiContract } from '../../fakes/openapi.ts'

const WEATHER = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, unit: { enum: ['c', 'f'] }, days: { minimum: 1 } },
      required: ['city', 'unit'],
    },
  },
}
const CLOCK = { ...WEATHER, function: { ...WEATHER.function, name: 'get_time' } }

const BASE = { model: 'stand-in', messages: [{ role: 'user' as const, content: 'Hello there' }] }

let server: StandInServer
let client: OpenAI
beforeAll(async () => {
  server = await startStandIn()
  client = new OpenAI({ baseURL: server.url, apiKey: 'none', maxRetries: 0 })
})
afterAll(() => server.close())

const ask = (extra: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming> = {}) =>
  client.chat.completions.create({ ...BASE, ...extra })

describe('the official client', () => {
  it('lists and reads models that say what they are', async () => {
    const ids = (await client.models.list()).data.map((model) => model.id)
    expect(ids).toEqual([
      'stand-in',
      'stand-in-reasoner',
      'stand-in-embedding',
      'stand-in-moderation',
    ])
    expect((await client.models.retrieve('stand-in')).owned_by).toBe('scripted-stand-in')
  })

  it('streams the same text, calls and usage as it gets in one piece', async () => {
    for (const extra of [
      {},
      { model: 'stand-in-reasoner' },
      { n: 3 },
      { tools: [WEATHER], tool_choice: 'required' as const },
    ]) {
      const whole = await ask(extra)
      const stream = client.chat.completions.stream({
        ...BASE,
        ...extra,
        stream_options: { include_usage: true },
      })
      const streamed = await stream.finalChatCompletion()
      expect(streamed.choices.map((choice) => choice.message.content)).toEqual(
        whole.choices.map((choice) => choice.message.content),
      )
      const calls = streamed.choices[0]?.message.tool_calls
      expect(
        calls?.map((call) => (call.type === 'function' ? call.function.arguments : '')),
      ).toEqual(extra.tools ? ['{"city":"stand-in","unit":"c"}'] : undefined)
      expect(streamed.usage).toEqual(whole.usage)
    }
  })

  it('gets n different choices, and logprobs whose tokens are the text', async () => {
    const { choices } = await ask({ n: 3, logprobs: true, top_logprobs: 2 })
    expect(new Set(choices.map((choice) => choice.message.content)).size).toBe(3)
    for (const { message, logprobs } of choices) {
      expect(logprobs?.content?.map((entry) => entry.token).join('')).toBe(message.content)
      expect(logprobs?.content?.every((entry) => entry.top_logprobs.length === 2)).toBe(true)
    }
  })

  it('is cut by max_tokens and by stop', async () => {
    const limited = await ask({ max_tokens: 3 })
    expect(limited.choices[0]).toMatchObject({ finish_reason: 'length' })
    expect(limited.usage?.completion_tokens).toBeLessThanOrEqual(3)
    const stopped = await ask({ stop: [' Here', 'never'] })
    expect(stopped.choices[0]?.message.content).toBe('You wrote “Hello there”.')
    expect(stopped.choices[0]?.finish_reason).toBe('stop')
  })

  it.each([
    ['none', 'use get_weather', { tool_choice: 'none' }, []],
    ['auto without occasion', 'hello', {}, []],
    ['auto with the name in the text', 'use get_weather', {}, ['get_weather']],
    ['required', 'hello', { tool_choice: 'required' }, ['get_weather']],
    [
      'a named one',
      'hello',
      { tool_choice: { type: 'function', function: { name: 'get_time' } } },
      ['get_time'],
    ],
    ['all by marker', '[stand-in: tool all]', {}, ['get_weather', 'get_time']],
    ['one at a time', '[stand-in: tool all]', { parallel_tool_calls: false }, ['get_weather']],
  ] as const)('calls tools: %s', async (_name, content, extra, names) => {
    const { choices } = await ask({
      ...extra,
      messages: [{ role: 'user', content }],
      tools: [WEATHER, CLOCK],
    })
    const calls = choices[0]?.message.tool_calls ?? []
    expect(calls.map((call) => (call.type === 'function' ? call.function.name : ''))).toEqual(names)
    expect(choices[0]?.finish_reason).toBe(names.length > 0 ? 'tool_calls' : 'stop')
  })

  it('answers in words once a tool has returned', async () => {
    const { choices } = await ask({
      tools: [WEATHER],
      messages: [
        { role: 'user', content: 'use get_weather' },
        {
          role: 'assistant',
          tool_calls: [
            { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'sunny and warm' },
      ],
    })
    expect(choices[0]?.message.content).toContain('The tool returned “sunny and warm”')
  })

  it('embeds: near for common words, equal in both encodings', async () => {
    const input = ['the quick brown fox', 'the quick brown dog', 'entirely unrelated matters']
    const embed = async (encoding_format: 'float' | 'base64' | undefined) => {
      const { data } = await client.embeddings.create({
        model: 'stand-in-embedding',
        input,
        dimensions: 64,
        ...(encoding_format ? { encoding_format } : {}),
      })
      return data.map((item) => item.embedding)
    }
    const [fox = [], dog = [], matters = []] = await embed('float')
    const dot = (one: number[], other: number[]) =>
      one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0)
    expect(dot(fox, fox)).toBeCloseTo(1)
    expect(dot(fox, dog)).toBeGreaterThan(dot(fox, matters))
    // Without a format the client asks for base64 and decodes it.
    expect((await embed(undefined))[0]).toEqual(fox.map((value) => Math.fround(value)))
  })

  it('moderates by its word lists', async () => {
    const { results } = await client.moderations.create({ input: ['I want to die', 'Hello'] })
    expect(results.map((result) => result.flagged)).toEqual([true, false])
    expect(results[0]?.categories['self-harm']).toBe(true)
  })

  it('sees a cut stream as an error', async () => {
    const stream = await client.chat.completions.create({
      ...BASE,
      messages: [{ role: 'user', content: '[stand-in: cut] hi' }],
      stream: true,
    })
    const read = async () => {
      for await (const _chunk of stream);
    }
    await expect(read()).rejects.toThrow()
  })
})

const contract = openAiContract()

describe.skipIf(!contract)('the published schemas', () => {
  const standIn = createStandIn()
  const post = (path: string, body: object) =>
    standIn(
      new Request(`http://stand-in.local/v1/${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
      }),
    )
  const variants: readonly object[] = [
    {},
    { model: 'stand-in-reasoner', n: 2 },
    { logprobs: true, top_logprobs: 3 },
    { tools: [WEATHER, CLOCK], messages: [{ role: 'user', content: '[stand-in: tool all]' }] },
    { functions: [WEATHER.function], function_call: { name: 'get_weather' } },
    { response_format: { type: 'json_object' } },
    { messages: [{ role: 'user', content: '[stand-in: length] hi' }] },
  ]

  it.each(variants)('hold for %j, whole and streamed', async (extra) => {
    const whole = await (await post('chat/completions', { ...BASE, ...extra })).json()
    expect(contract?.problems('CreateChatCompletionResponse', whole)).toEqual([])
    const body = { ...BASE, ...extra, stream: true, stream_options: { include_usage: true } }
    const text = await (await post('chat/completions', body)).text()
    const events = text.split('\n\n').filter((event) => event !== '')
    expect(events.at(-1)).toBe('data: [DONE]')
    for (const event of events.slice(0, -1)) {
      const chunk = JSON.parse(event.slice('data: '.length))
      expect(contract?.problems('CreateChatCompletionStreamResponse', chunk)).toEqual([])
    }
  })

  it('hold for a custom tool, which the schema of chunks does not know', async () => {
    const tools = [{ type: 'custom', custom: { name: 'sql' } }]
    const response = await post('chat/completions', { ...BASE, tools, tool_choice: 'required' })
    const whole = await response.json()
    expect(contract?.problems('CreateChatCompletionResponse', whole)).toEqual([])
    expect(whole.choices[0].message.tool_calls[0].custom.name).toBe('sql')
  })

  it('hold for embeddings, moderations, models and errors', async () => {
    const embeddings = await post('embeddings', { model: 'stand-in-embedding', input: 'x' })
    const moderations = await post('moderations', { input: 'x' })
    const missing = await post('chat/completions', { ...BASE, model: 'x' })
    const models = await standIn(new Request('http://stand-in.local/v1/models'))
    const problems = async (schema: string, response: Response) =>
      contract?.problems(schema, await response.json())
    expect(await problems('CreateEmbeddingResponse', embeddings)).toEqual([])
    expect(await problems('CreateModerationResponse', moderations)).toEqual([])
    expect(await problems('ErrorResponse', missing)).toEqual([])
    expect(await problems('ListModelsResponse', models)).toEqual([])
  })
})
