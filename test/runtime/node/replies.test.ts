/** Odd replies of a model server, through a whole gateway in `enforce`: what its clients read, and send back. */

import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/lib/json.ts'
import { startTestGateway, type TestGateway } from '../../fakes/gateway.ts'
import { type Asked, createSpeaker, decisionLine, replyOf, THOUGHT } from '../../fakes/speaker.ts'
import { type Reply, startUpstream, type Upstream } from '../../fakes/upstream.ts'

const MESSAGES = [{ role: 'user', content: 'Weather in Paris and Rome?' }]
const TOOLS = [{ type: 'function', function: { name: 'get_weather' } }]
const MODELS = { object: 'list', data: [{ id: 'm', object: 'model', created: 1, owned_by: 'v' }] }

const speaker = createSpeaker()
let upstream: Upstream
let gateway: TestGateway

beforeAll(async () => {
  upstream = await startUpstream((request) =>
    request.method === 'GET'
      ? { text: gzipSync(JSON.stringify(MODELS)), headers: { 'content-encoding': 'gzip' } }
      : speaker.script(request),
  )
  gateway = await startTestGateway({ upstream: upstream.url })
})

afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

const tagged = ({ kind, nonce }: Asked): string =>
  kind === 'draft'
    ? `<deliberation-${nonce}>\n${THOUGHT}\n${decisionLine()}\n</deliberation-${nonce}>\n`
    : ''
const isOfAnswer = ({ kind }: Asked): boolean => kind === 'draft' || kind === 'second pass'

/** What the model says where it writes the answer: a message's fields beside its deliberation. */
function answers(model: string, write: (asked: Asked) => Reply): void {
  speaker.on(model, (asked) => (isOfAnswer(asked) ? write(asked) : undefined))
}

async function ask(model: string, body: object = {}): Promise<JsonObject> {
  const response = await gateway.ask({ model, messages: MESSAGES, ...body })
  return (await response.json()) as JsonObject
}

type Call = { readonly id: string; readonly function: { readonly arguments: string } }
type Choice = {
  readonly message: { readonly content: string; readonly tool_calls: readonly Call[] }
}
const choicesOf = (body: JsonObject) => body.choices as unknown as readonly Choice[]

describe('two calls under one id', () => {
  const CALLS = ['Paris', 'Rome'].map((city) => ({
    id: 'get_weather',
    type: 'function',
    function: { name: 'get_weather', arguments: JSON.stringify({ city }) },
  }))

  it('are two in a whole reply, and have their own id again in the next turn', async () => {
    answers('calls', (asked) =>
      asked.earlier > 0
        ? replyOf(asked, { content: `${tagged(asked)}Sunny.` })
        : replyOf(asked, { content: tagged(asked), message: { tool_calls: CALLS } }),
    )
    const [choice] = choicesOf(await ask('calls', { tools: TOOLS }))
    const calls = choice?.message.tool_calls ?? []
    expect(calls.map((call) => call.function.arguments)).toEqual([
      '{"city":"Paris"}',
      '{"city":"Rome"}',
    ])
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2)
    const results = calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'sunny' }))
    await ask('calls', { tools: TOOLS, messages: [...MESSAGES, choice?.message, ...results] })
    const { messages } = speaker.asked('calls').findLast(isOfAnswer)?.body ?? {}
    const sent = JSON.stringify(messages)
    expect(sent.match(/"id":"get_weather"/g)).toHaveLength(2)
    expect(sent.match(/"tool_call_id":"get_weather"/g)).toHaveLength(2)
  })

  it.each([
    ['with indexes', [0, 1]],
    ['all of index 0', [0, 0]],
  ])('are two in a stream %s', async (_, indexes) => {
    const model = `streamed calls ${indexes.join()}`.replaceAll(' ', '-')
    answers(model, (asked) => {
      const chunk = (delta: object, finish_reason: string | null = null) => ({
        choices: [{ index: 0, delta, finish_reason }],
      })
      const pieces = CALLS.map((call, at) =>
        chunk({ tool_calls: [{ ...call, index: indexes[at] }] }),
      )
      return { sse: [chunk({ content: tagged(asked) }), ...pieces, chunk({}, 'tool_calls')] }
    })
    const response = await gateway.ask({ model, messages: MESSAGES, tools: TOOLS, stream: true })
    const text = await response.text()
    const ids = [...text.matchAll(/"id":"(get_weather\w*)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(2)
    expect(text).not.toContain('}{')
  })
})

it.each([
  ['index 0 for both', { index: 0 }],
  ['no index', {}],
])('two choices with %s are two', async (_, place) => {
  const model = `choices-${Object.keys(place).length}`
  answers(model, () => ({
    json: {
      choices: ['Answer A.', 'Answer B.'].map((content) => ({
        ...place,
        message: { role: 'assistant', content },
        finish_reason: 'stop',
      })),
    },
  }))
  const choices = choicesOf(await ask(model, { n: 2 }))
  expect(choices.map(({ message }) => message.content)).toEqual(['Answer A.', 'Answer B.'])
})

it('every count that is told is summed, and no other is there', async () => {
  answers('counts', (asked) =>
    replyOf(asked, {
      content: `${tagged(asked)}Sunny.`,
      usage: {
        prompt_tokens: 50,
        completion_tokens: 20,
        prompt_tokens_details: { cached_tokens: 40, cache_write_tokens: 5 },
        completion_tokens_details: {
          accepted_prediction_tokens: 11,
          rejected_prediction_tokens: 7,
        },
      },
    }),
  )
  const { usage } = await ask('counts')
  expect(usage).toMatchObject({
    prompt_tokens_details: { cached_tokens: 40, cache_write_tokens: 5 },
    completion_tokens_details: { accepted_prediction_tokens: 11, rejected_prediction_tokens: 7 },
  })
  expect(JSON.stringify(usage)).not.toContain('audio')
})

it('a picture in an answer is refused, not dropped', async () => {
  answers('picture', (asked) =>
    replyOf(asked, {
      content: `${tagged(asked)}Here it is.`,
      message: { images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } }] },
    }),
  )
  expect((await ask('picture')).error).toMatchObject({ code: 'judge_unavailable' })
})

it('an answer that the client began is gone on from', async () => {
  answers('begun', (asked) => replyOf(asked, { content: ' "Sunny."}' }))
  const begun = { role: 'assistant', content: '{"answer":' }
  const [choice] = choicesOf(await ask('begun', { messages: [...MESSAGES, begun] }))
  expect(choice?.message.content).toBe(' "Sunny."}')
  const { messages } = speaker.asked('begun').find(isOfAnswer)?.body ?? {}
  expect(Array.isArray(messages) && messages.at(-1)).toEqual(begun)
})

it('a list of models that was encoded unasked is read', async () => {
  const response = await fetch(`${gateway.url}/v1/models`, {
    headers: { authorization: `Bearer ${gateway.appKey}` },
  })
  expect(await response.json()).toEqual(MODELS)
})
