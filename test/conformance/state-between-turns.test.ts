/**
 * Loops of tools against model servers that want back what they gave with an earlier turn, through running gateways: apps are given
 * none of it, and the servers get all of it.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isJsonObject, type JsonObject } from '../../src/lib/json.ts'
import { startGateway } from '../../src/node.ts'
import { startTestGateway, type TestGateway } from '../fakes/gateway.ts'
import { type Asked, behave, createSpeaker, decisionLine } from '../fakes/speaker.ts'
import { type Reply, startUpstream, type Upstream } from '../fakes/upstream.ts'

const SECRET = 'c2lnbmVk-by-the-provider'
const THOUGHT = 'The forecast is wanted, so the tool is called first.'
const TOOLS = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      parameters: { type: 'object', properties: { city: { type: 'string' } } },
    },
  },
]

/** What a provider gives with a turn, and how it refuses a turn without it. */
type Provider = {
  readonly name: string
  readonly fields: JsonObject
  readonly ofCall: JsonObject
  readonly refusal: JsonObject
  /** In a stream: the deltas that bring the fields. */
  readonly deltas?: readonly JsonObject[]
}

const PROVIDERS: readonly Provider[] = [
  {
    name: 'gemini',
    fields: {},
    ofCall: { extra_content: { google: { thought_signature: SECRET } } },
    refusal: {
      error: {
        code: 400,
        message:
          'Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly',
        status: 'INVALID_ARGUMENT',
      },
    },
  },
  {
    name: 'deepseek',
    fields: { reasoning_content: `${SECRET} ${THOUGHT}\n${decisionLine()}` },
    ofCall: {},
    refusal: {
      error: {
        message: 'Missing `reasoning_content` field in the assistant message at message index 2',
        type: 'invalid_request_error',
        code: 'invalid_request_error',
      },
    },
    deltas: [
      { reasoning_content: `${SECRET} ` },
      { reasoning_content: THOUGHT },
      { reasoning_content: `\n${decisionLine()}` },
    ],
  },
  {
    name: 'openrouter',
    fields: {
      reasoning: `${THOUGHT}\n${decisionLine()}`,
      reasoning_details: [
        {
          type: 'reasoning.text',
          text: `${THOUGHT}\n${decisionLine()}`,
          format: 'anthropic-claude-v1',
          index: 0,
          signature: SECRET,
        },
        { type: 'reasoning.encrypted', data: SECRET, index: 1 },
      ],
    },
    ofCall: {},
    refusal: {
      error: {
        message:
          'messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`',
        code: 400,
      },
    },
    deltas: [
      {
        reasoning: THOUGHT,
        reasoning_details: [
          { type: 'reasoning.text', text: THOUGHT, format: 'anthropic-claude-v1', index: 0 },
        ],
      },
      {
        reasoning: `\n${decisionLine()}`,
        reasoning_details: [
          {
            type: 'reasoning.text',
            text: `\n${decisionLine()}`,
            format: 'anthropic-claude-v1',
            index: 0,
          },
        ],
      },
      { reasoning_details: [{ type: 'reasoning.text', signature: SECRET, index: 0 }] },
      { reasoning_details: [{ type: 'reasoning.encrypted', data: SECRET, index: 1 }] },
    ],
  },
  {
    name: 'litellm',
    fields: {
      thinking_blocks: [{ type: 'thinking', thinking: THOUGHT, signature: SECRET }],
      provider_specific_fields: { thought_signatures: [SECRET] },
    },
    ofCall: { function: { provider_specific_fields: { thought_signature: SECRET } } },
    refusal: { error: { message: 'thinking_blocks must be passed back', code: '400' } },
    deltas: [
      { thinking_blocks: [{ type: 'thinking', thinking: THOUGHT.slice(0, 9), signature: null }] },
      { thinking_blocks: [{ type: 'thinking', thinking: THOUGHT.slice(9) }] },
      { thinking_blocks: [{ type: 'thinking', thinking: '', signature: SECRET }] },
      { provider_specific_fields: { thought_signatures: [SECRET] } },
    ],
  },
]

function isWhole(given: JsonObject, sent: JsonObject): boolean {
  return Object.entries(given).every(([name, value]) => {
    const there = sent[name]
    if (!isJsonObject(value)) return JSON.stringify(sorted(there)) === JSON.stringify(sorted(value))
    return isJsonObject(there) && isWhole(value, there)
  })
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]))
}

/** Of the assistant's messages of a request, those that come without what was given with them. */
function bare({ body }: Asked, { fields, ofCall }: Provider): readonly JsonObject[] {
  const messages = (body.messages as readonly JsonObject[]).filter(
    ({ role, tool_calls }) => role === 'assistant' && Array.isArray(tool_calls),
  )
  return messages.filter((message) => {
    const calls = message.tool_calls as readonly JsonObject[]
    return !isWhole(fields, message) || !calls.every((call) => isWhole(ofCall, call))
  })
}

/** Calls its tool until so many turns are done, and refuses what comes without its state. */
function speak(provider: Provider, asked: Asked, turns: number): Reply | undefined {
  if (asked.kind === 'answer' || asked.kind === 'reasoning') return undefined
  if (bare(asked, provider).length > 0) return { status: 400, json: provider.refusal }
  const done = (asked.body.messages as readonly JsonObject[]).filter(({ role }) => role === 'tool')
  if (asked.kind === 'first pass') return undefined
  if (done.length >= turns) return behave(asked, { message: provider.fields, answer: 'Sunny.' })
  const { ofCall } = provider
  const call = {
    id: `call_${done.length}`,
    type: 'function',
    function: {
      name: 'get_weather',
      arguments: '{"city": "Paris"}',
      ...(ofCall.function as JsonObject),
    },
    ...Object.fromEntries(Object.entries(ofCall).filter(([name]) => name !== 'function')),
  }
  const message = { ...provider.fields, tool_calls: [call] }
  if (!asked.stream || !provider.deltas) return behave(asked, { message, answer: '' })
  const reply = behave(asked, { message: { tool_calls: [{ index: 0, ...call }] }, answer: '' })
  if (!('sse' in reply)) return reply
  const [first, ...rest] = reply.sse as readonly JsonObject[]
  const deltas = provider.deltas.map((delta) => ({
    ...first,
    choices: [{ index: 0, delta, finish_reason: null }],
  }))
  return { sse: [...deltas, first, ...rest] }
}

const speaker = createSpeaker()
let upstream: Upstream
let gateway: TestGateway

beforeAll(async () => {
  upstream = await startUpstream(speaker.script)
  gateway = await startTestGateway({ upstream: upstream.url })
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

type Answered = { readonly status: number; readonly text: string; readonly message: JsonObject }

async function ask(through: Pick<TestGateway, 'ask'>, body: JsonObject): Promise<Answered> {
  const response = await through.ask(body)
  const text = await response.text()
  if (response.status !== 200) return { status: response.status, text, message: {} }
  if (body.stream !== true) {
    const { choices } = JSON.parse(text) as { choices: readonly { message: JsonObject }[] }
    return { status: 200, text, message: choices[0]?.message ?? {} }
  }
  const message: { role: string; content: string | null; tool_calls?: unknown } = {
    role: 'assistant',
    content: null,
  }
  const calls: { function: { arguments: string } }[] = []
  for (const line of text.split('\n')) {
    if (!line.startsWith('data: {')) continue
    const { choices = [] } = JSON.parse(line.slice(6)) as {
      choices?: readonly { delta: Record<string, never> }[]
    }
    const { content, tool_calls = [] } = (choices[0]?.delta ?? {}) as unknown as {
      content?: string
      tool_calls?: readonly { index: number; function: { arguments: string } }[]
    }
    if (content) message.content = `${message.content ?? ''}${content}`
    for (const { index, ...piece } of tool_calls) {
      const call = calls[index]
      if (call) call.function.arguments += piece.function.arguments
      else calls[index] = structuredClone(piece)
    }
  }
  if (calls.length > 0) message.tool_calls = calls
  return { status: 200, text, message: message as unknown as JsonObject }
}

/** The whole loop, as a client has it that keeps what the contract names. */
async function loop(
  model: string,
  { stream = false, turns = 1, extra = {} as JsonObject, between = async () => gateway } = {},
) {
  const messages: JsonObject[] = [{ role: 'user', content: `Weather in Paris? ${model}` }]
  const texts: string[] = []
  for (;;) {
    const through = await between()
    const answered = await ask(through, { model, messages, stream, tools: TOOLS, ...extra })
    texts.push(answered.text)
    const calls = answered.message.tool_calls as readonly {
      id: string
      function: { arguments: string }
    }[]
    if (answered.status !== 200 || !calls) return { ...answered, texts, messages }
    // Clients write arguments anew.
    const again = calls.map((call) => ({
      ...call,
      function: {
        ...call.function,
        arguments: JSON.stringify(JSON.parse(call.function.arguments)),
      },
    }))
    messages.push({ ...answered.message, tool_calls: again })
    for (const { id } of calls) messages.push({ role: 'tool', tool_call_id: id, content: '21 °C' })
    if (texts.length > turns + 1) throw new Error('The loop does not end')
  }
}

const [GEMINI, DEEPSEEK] = PROVIDERS as [Provider, Provider]

/** The first turn of a loop, and the request that goes on with it. */
async function begin(
  model: string,
  extra: JsonObject = {},
  through: Pick<TestGateway, 'ask'> = gateway,
) {
  const messages: JsonObject[] = [{ role: 'user', content: 'Weather in Paris?' }]
  const request = { model, messages, tools: TOOLS, ...extra }
  const { message } = await ask(through, request)
  const [call] = message.tool_calls as readonly JsonObject[]
  const result = { role: 'tool', tool_call_id: call?.id ?? '', content: '21 °C' }
  return { ...request, messages: [...messages, message, result] }
}

const LOST = {
  error: {
    message: expect.stringMatching(
      /^What the model server wants back of an earlier turn is gone\./,
    ),
    type: 'invalid_request_error',
    param: null,
    code: 'state_lost',
  },
}

describe('what is not there any more', () => {
  const scene = (model: string, provider = GEMINI) => {
    speaker.on(model, (asked) => speak(provider, asked, 1))
    return model
  }

  it('is told as such: a turn that this gateway has never written', async () => {
    const next = await begin(scene('never-written'))
    const [first, message, result] = next.messages as [JsonObject, JsonObject, JsonObject]
    const calls = (message.tool_calls as readonly JsonObject[]).map((call) => ({
      ...call,
      id: 'call_x',
    }))
    const messages = [
      first,
      { ...message, tool_calls: calls },
      { ...result, tool_call_id: 'call_x' },
    ]
    const { status, text } = await ask(gateway, { ...next, messages })
    expect([status, JSON.parse(text)]).toEqual([400, LOST])
  })

  it('is nothing that was kept with store: false', async () => {
    const { status, text } = await ask(gateway, await begin(scene('unstored'), { store: false }))
    expect([status, JSON.parse(text)]).toEqual([400, LOST])
  })

  it('is what another person was given, under the same id and the same words', async () => {
    const next = await begin(scene('of-another'), { user: 'ann' })
    expect((await ask(gateway, next)).status).toBe(200)
    const { status, text } = await ask(gateway, { ...next, user: 'bob' })
    expect([status, JSON.parse(text)]).toEqual([400, LOST])
  })

  it('is what came after other words', async () => {
    const next = await begin(scene('other-words'))
    const messages = next.messages.with(0, { role: 'user', content: 'Weather in Rome?' })
    expect((await ask(gateway, { ...next, messages })).status).toBe(400)
  })

  it('is what another model wrote', async () => {
    const next = await begin(scene('one-model'))
    const { status } = await ask(gateway, { ...next, model: scene('other-model') })
    expect(status).toBe(400)
  })
})

it('goes on after a restart of the gateway', async () => {
  speaker.on('restarted', (asked) => speak(DEEPSEEK, asked, 1))
  const dataDir = mkdtempSync(join(tmpdir(), 'chambers-state-'))
  const environment = { PORT: '0', DATA_DIR: dataDir, UPSTREAM_BASE_URL: upstream.url }
  const start = async () => {
    const running = await startGateway({ environment, print: () => {} })
    const authorization = `Bearer ${readFileSync(join(dataDir, 'app-key'), 'utf8').trim()}`
    const headers = { authorization, 'content-type': 'application/json' }
    const post = (body: object) =>
      fetch(`${running.url}/v1/chat/completions`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      })
    return { ask: post, close: () => running.close() }
  }
  const first = await start()
  const next = await begin('restarted', {}, first)
  await first.close()
  const second = await start()
  expect((await ask(second, next)).message.content).toBe('Sunny.')
  await second.close()
  rmSync(dataDir, { recursive: true, force: true })
})

it('goes with its person', async () => {
  speaker.on('forgotten', (asked) => speak(GEMINI, asked, 1))
  const next = await begin('forgotten', { user: 'carol' })
  const deleted = await fetch(`${gateway.url}/admin/v1/transcripts?subject=carol&tenant=default`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${gateway.adminToken}` },
  })
  expect(deleted.status).toBe(200)
  const { status, text } = await ask(gateway, next)
  expect([status, JSON.parse(text)]).toEqual([400, LOST])
})

it('is taken back where the server that gave it does not take it', async () => {
  const model = 'not-taken-back'
  speaker.on(model, (asked) => {
    if (asked.kind === 'answer' || asked.kind === 'reasoning') return undefined
    const messages = asked.body.messages as readonly JsonObject[]
    if (messages.some((message) => 'reasoning_content' in message)) {
      const message = 'The reasoning_content is not allowed in input messages'
      return { status: 400, json: { error: { message, type: 'invalid_request_error' } } }
    }
    return (
      speak({ ...DEEPSEEK, fields: {} }, asked, 1) && behave(asked, { message: DEEPSEEK.fields })
    )
  })
  const messages: JsonObject[] = [{ role: 'user', content: 'Hello?' }]
  const first = await ask(gateway, { model, messages })
  const next = [...messages, first.message, { role: 'user', content: 'Again?' }]
  expect((await ask(gateway, { model, messages: next })).status).toBe(200)
  const asked = speaker.asked(model).filter(({ kind }) => kind !== 'answer' && kind !== 'reasoning')
  expect(asked).toHaveLength(3)
  expect(
    (await ask(gateway, { model, messages: [...next, first.message, ...messages] })).status,
  ).toBe(200)
  expect(
    speaker.asked(model).filter(({ kind }) => kind !== 'answer' && kind !== 'reasoning'),
  ).toHaveLength(4)
})

describe.each(PROVIDERS)('$name', (provider) => {
  it.each([
    ['two turns', false, 1],
    ['two turns, streamed', true, 1],
    ['ten turns', false, 9],
    ['ten turns, streamed', true, 9],
  ])('gets back what it gave: %s', async (name, stream, turns) => {
    const model = `${provider.name} ${name}`.replaceAll(/\W+/g, '-')
    speaker.on(model, (asked) => speak(provider, asked, turns))
    const { status, text, message, texts } = await loop(model, { stream, turns })
    expect([status, status === 200 ? message.content : text]).toEqual([200, 'Sunny.'])
    expect(texts).toHaveLength(turns + 1)
    expect(texts.join('\n')).not.toContain(SECRET)
    expect(texts.join('\n')).not.toContain(THOUGHT)
    const refused = speaker.asked(model).filter((asked) => bare(asked, provider).length > 0)
    expect(refused).toEqual([])
  })
})
