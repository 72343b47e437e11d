/** The door of Messages through a whole gateway, before a server of chat that refuses whatever chat has no word for. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonArray, JsonObject } from '../../../src/lib/json.ts'
import { startTestGateway, type TestGateway } from '../../fakes/gateway.ts'
import { ANSWER, createSpeaker, decisionLine, replyOf, THOUGHT } from '../../fakes/speaker.ts'
import { startUpstream, type Upstream } from '../../fakes/upstream.ts'

/** What strict servers of chat call unknown; agents of Messages send all of it with every request. */
const UNKNOWN = /"(cache_control|thinking|context_management|is_error|reasoning_effort)":/

const CACHE = { type: 'ephemeral' }
const ASIDES: JsonObject = {
  max_tokens: 32_000,
  thinking: { type: 'adaptive', display: 'omitted' },
  context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
  output_config: { effort: 'high' },
  metadata: { user_id: '{"session_id":"s1"}' },
  system: [{ type: 'text', text: 'You are an agent.', cache_control: CACHE }],
}
const TOOLS = [{ name: 'get_weather', description: 'Weather.', input_schema: { type: 'object' } }]
const QUESTION = {
  role: 'user',
  content: [{ type: 'text', text: 'Weather in Paris?', cache_control: CACHE }],
}

const speaker = createSpeaker()
const refusals: string[] = []
let upstream: Upstream
let gateway: TestGateway

beforeAll(async () => {
  upstream = await startUpstream((request) => {
    const [, name] = UNKNOWN.exec(JSON.stringify(request.json)) ?? []
    if (name === undefined) return speaker.script(request)
    refusals.push(name)
    const error = {
      message: `Unknown parameter: '${name}'.`,
      param: name,
      code: 'unknown_parameter',
    }
    return { status: 400, json: { error: { type: 'invalid_request_error', ...error } } }
  })
  gateway = await startTestGateway({ upstream: upstream.url })
})

afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

async function ask(model: string, body: JsonObject = {}): Promise<Response> {
  return fetch(`${gateway.url}/v1/messages?beta=true`, {
    method: 'POST',
    headers: {
      'x-api-key': gateway.appKey,
      'anthropic-version': '2023-06-01',
      'content-type': 'application/json',
    },
    body: JSON.stringify({ ...ASIDES, model, messages: [QUESTION], ...body }),
  })
}

describe('an agent of Messages', () => {
  it('is answered by a strict server of chat, which is asked once without asides', async () => {
    for (const _ of [1, 2]) {
      const response = await ask('strict')
      const text = await response.text()
      expect([response.status, JSON.parse(text).content]).toEqual([
        200,
        [
          { type: 'thinking', thinking: '', signature: expect.any(String) as string },
          { type: 'text', text: ANSWER, citations: null },
        ],
      ])
      expect(text).not.toContain(THOUGHT)
    }
    expect(refusals).toHaveLength(1)
  })

  it('runs a loop of tools in streams, and no thought is in any of them', async () => {
    const call = {
      id: 'call_1',
      type: 'function',
      function: { name: 'get_weather', arguments: '{"city":"Paris"}' },
    }
    speaker.on('loop', (asked) => {
      if (asked.kind !== 'draft' || asked.earlier > 0) return undefined
      const tag = `deliberation-${asked.nonce}`
      const content = `<${tag}>\n${THOUGHT}\n${decisionLine()}\n</${tag}>\n`
      return replyOf(asked, { content, message: { tool_calls: [call] } })
    })
    const first = await ask('loop', { tools: TOOLS, stream: true })
    const text = await first.text()
    expect(text).not.toContain(THOUGHT)
    const input = [...text.matchAll(/"partial_json":("(?:[^"\\]|\\.)*")/g)].map(([, json]) =>
      JSON.parse(json ?? '""'),
    )
    expect(JSON.parse(input.join(''))).toEqual({ city: 'Paris' })
    expect(text).toContain('"stop_reason":"tool_use"')

    const used = { type: 'tool_use', id: 'call_1', name: 'get_weather', input: { city: 'Paris' } }
    const result = { type: 'tool_result', tool_use_id: 'call_1', content: 'No.', is_error: true }
    const messages: JsonArray = [
      QUESTION,
      { role: 'assistant', content: [used] },
      { role: 'user', content: [result] },
    ]
    const second = await (await ask('loop', { tools: TOOLS, stream: true, messages })).text()
    expect(second).toContain('"stop_reason":"end_turn"')
    expect(second).not.toContain(THOUGHT)
    const asked = speaker.asked('loop').findLast(({ kind }) => kind === 'draft')
    expect(asked?.body.messages).toEqual(
      expect.arrayContaining([
        { role: 'system', content: [{ type: 'text', text: 'You are an agent.' }] },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'call_1', content: 'No.' },
      ]),
    )
  })
})
