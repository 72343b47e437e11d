import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/lib/json.ts'
import { readChatRequest } from '../../../src/wire/chat-request.ts'
import { messageFromTurn } from '../../../src/wire/chat-turns.ts'
import type { AskOptions } from '../../../src/wire/door.ts'
import { inquiryFromChat } from '../../../src/wire/inquiry.ts'
import { recordedChats } from './recorded.ts'

const BASE = { model: 'm', messages: [{ role: 'user', content: 'hello' }] }

function inquire(body: JsonObject, options: Partial<AskOptions> = {}) {
  const request = readChatRequest(body)
  if (!request.ok) throw new Error(request.failure.message)
  return inquiryFromChat(request.value, { mode: 'enforce', ...options })
}

function refusal(body: JsonObject, options?: Partial<AskOptions>) {
  const result = inquire(body, options)
  return result.ok ? null : result.failure
}

describe('an inquiry', () => {
  it('forwards the options of a stream that the gateway does not answer itself', () => {
    const options = (stream_options: JsonObject) => {
      const result = inquire({ ...BASE, stream: true, stream_options })
      return result.ok ? result.value.parameters : null
    }
    expect(options({ include_usage: true, include_obfuscation: false })).toEqual({})
    expect(options({ include_usage: true, chunk_include_usage: true })).toEqual({
      stream_options: { chunk_include_usage: true },
    })
  })

  it('forwards every other parameter verbatim and in order', () => {
    const parameters = { top_k: 4, seed: 7, store: false, user: 'u', stop: null, zeta: { a: 1 } }
    const result = inquire({ ...BASE, ...parameters, n: 2, stream: true, max_tokens: 9 })
    expect(result).toMatchObject({
      ok: true,
      value: {
        model: 'm',
        choices: 2,
        stream: true,
        limit: { tokens: 9, parameter: 'max_tokens' },
      },
    })
    expect(result.ok && Object.entries(result.value.parameters)).toEqual(Object.entries(parameters))
  })

  it.each([
    [{}, null],
    [{ max_tokens: null }, null],
    [{ max_tokens: 5 }, { tokens: 5, parameter: 'max_tokens' }],
    [{ max_completion_tokens: 6 }, { tokens: 6, parameter: 'max_completion_tokens' }],
  ])('of %j is limited to %j', (fields, limit) => {
    expect(inquire({ ...BASE, ...fields })).toMatchObject({ ok: true, value: { limit } })
  })

  it.each<[JsonObject, string]>([
    [{ response_format: { type: 'json_object' } }, 'structured'],
    [{ guided_regex: 'a+' }, 'structured'],
    [{ logprobs: true }, 'logprobs'],
    [{ regex: '\\d+' }, 'structured'],
    [{ ebnf: 'root ::= "a"' }, 'structured'],
    [{ stop: 'x' }, 'stop'],
    [{ stop: ['x'] }, 'stop'],
    [{ modalities: ['text', 'audio'] }, 'audio'],
    [{ tools: [{ type: 'function', function: { name: 'f' } }] }, 'tools'],
    [{ functions: [{ name: 'f' }] }, 'tools'],
  ])('of %j demands %s alone', (fields, name) => {
    const none = { structured: false, logprobs: false, stop: false, audio: false, tools: false }
    expect(inquire({ ...BASE, ...fields })).toMatchObject({
      ok: true,
      value: { demands: { ...none, [name]: true } },
    })
  })

  it.each<JsonObject>([
    { response_format: { type: 'text' } },
    { response_format: null },
    { logprobs: false },
    { stop: [] },
    { stop: null },
    { tools: [] },
    { modalities: ['text'] },
  ])('of %j demands nothing', (fields) => {
    const result = inquire({ ...BASE, ...fields })
    expect(result.ok && Object.values(result.value.demands).includes(true)).toBe(false)
  })
})

describe('in enforce', () => {
  it.each<[string, JsonObject, string, string]>([
    [
      'web search',
      { web_search_options: {} },
      'web_search_options',
      'Leave web_search_options out: the provider would search the web before the draft can be checked',
    ],
    [
      'a hosted tool',
      { tools: [{ type: 'function', function: { name: 'f' } }, { type: 'mcp' }] },
      'tools[1].type',
      'Leave tools[1] out: the provider would run it before the draft can be checked, and the policy does not list it',
    ],
    [
      'background work',
      { background: true },
      'background',
      'Leave background out: an answer is held on its own connection until it is checked',
    ],
    [
      'an echo of the prompt',
      { echo: true },
      'echo',
      'Leave echo out: it would return the hidden part of the prompt',
    ],
    [
      'a shortened prompt',
      { truncate_prompt_tokens: 100 },
      'truncate_prompt_tokens',
      'Leave truncate_prompt_tokens out: it could drop the instructions that answers are checked against',
    ],
    [
      'a rewritten prompt',
      { transforms: ['middle-out'] },
      'transforms',
      'Leave transforms out: it could drop the instructions that answers are checked against',
    ],
    [
      'instructions',
      { instructions: 'x' },
      'instructions',
      'Leave instructions out: send them as a message of the role system',
    ],
    [
      'a system prompt',
      { system: 'x' },
      'system',
      'Leave system out: send it as a message of the role system',
    ],
    [
      'what a provider keeps',
      { previous_response_id: 'resp_1' },
      'previous_response_id',
      'Leave previous_response_id out: nobody could check an answer against what it brings into the conversation',
    ],
    [
      'a conversation that is cut',
      { truncation: 'auto' },
      'truncation',
      'Leave truncation out: it could drop the instructions that answers are checked against',
    ],
    [
      'skills',
      { container: { skills: [{ type: 'anthropic' }] } },
      'container',
      'Leave container out: the provider would run it before the draft can be checked',
    ],
    [
      'a search by switch',
      { enable_search: true },
      'enable_search',
      'Leave enable_search out: the provider would search the web before the draft can be checked',
    ],
    [
      'remote tools by address',
      { mcp_servers: [{ url: 'https://example.com' }] },
      'mcp_servers',
      'Leave mcp_servers out: the provider would run them before the draft can be checked',
    ],
    [
      'two bounds',
      { max_tokens: 5, max_completion_tokens: 5 },
      'max_tokens',
      'Leave max_tokens out: max_completion_tokens is set, and only one bound can hold',
    ],
  ])('%s is refused', (_, fields, param, message) => {
    expect(refusal({ ...BASE, ...fields })).toEqual({ param, message })
  })

  it.each<[JsonObject, string]>([
    [{ reasoning: 'I may' }, 'reasoning'],
    [{ reasoning_content: 'I may' }, 'reasoning_content'],
    [{ reasoning_details: [{ type: 'reasoning.text', text: 'I may' }] }, 'reasoning_details'],
    [{ thinking: { text: 'I may' } }, 'thinking'],
    [{ content: [{ type: 'thinking', thinking: [] }] }, 'content[0]'],
  ])('a message with %j is refused as forged', (fields, path) => {
    const message = { role: 'assistant', content: 'a', ...fields }
    const param = `messages[1].${path}`
    expect(refusal({ ...BASE, messages: [...BASE.messages, message] })).toEqual({
      param,
      message: `Leave ${param} out: reasoning is never released, so none can be handed back`,
    })
  })

  it.each<JsonObject>([{ reasoning: null }, { reasoning_content: '' }, { reasoning_details: [] }])(
    'a message with %j is let through',
    (fields) => {
      expect(refusal({ ...BASE, messages: [{ role: 'user', content: 'a', ...fields }] })).toBeNull()
    },
  )

  const begun: JsonObject = { role: 'assistant', content: 'Sure, ' }

  it.each<[JsonObject]>([
    [{ messages: [...BASE.messages, { ...begun, prefix: true }] }],
    [{ messages: [...BASE.messages, begun], continue_final_message: true }],
    [{ messages: [{ ...begun, prefix: false }, ...BASE.messages], continue_final_message: false }],
  ])('%j is gone on from', (fields) => {
    expect(refusal({ ...BASE, ...fields })).toBeNull()
  })

  it.each<[string, JsonObject, string]>([
    [
      'a message before the last',
      { messages: [{ ...begun, prefix: true }, ...BASE.messages] },
      'messages[0].prefix',
    ],
    [
      'the user',
      { messages: [{ role: 'user', content: 'a', prefix: true }] },
      'messages[0].prefix',
    ],
    ['a call', { messages: [{ ...begun, tool_calls: [], prefix: true }] }, 'messages[0].prefix'],
    ['nothing', { continue_final_message: true }, 'continue_final_message'],
  ])('to go on from %s is refused', (_, fields, param) => {
    expect(refusal({ ...BASE, ...fields })).toEqual({
      param,
      message: `Leave ${param} out: only words of the assistant's that come last can be gone on from`,
    })
  })

  it.each<JsonObject>([
    { echo: false },
    { background: null },
    { plugins: [] },
    { constructor: 'x', toString: 1 },
  ])('%j is let through', (fields) => {
    expect(refusal({ ...BASE, ...fields })).toBeNull()
  })

  it('a hosted tool is let through when the policy lists it', () => {
    const hostedTools = ['web_search', 'mcp']
    const body = { ...BASE, web_search_options: {}, tools: [{ type: 'mcp' }] }
    expect(refusal(body, { hostedTools })).toBeNull()
    expect(refusal(body, { mode: 'shadow' })).not.toBeNull()
    expect(refusal(body, { mode: 'off' })).toBeNull()
  })
})

const recorded = recordedChats()

const CONSUMED = [
  'model',
  'messages',
  'n',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
]

describe.skipIf(recorded.length === 0)('the recorded requests', () => {
  it('keep every message and parameter, or are refused with a reason', () => {
    let kept = 0
    for (const { body } of recorded) {
      const request = readChatRequest(body)
      if (!request.ok) continue
      const result = inquiryFromChat(request.value, { mode: 'enforce' })
      if (!result.ok) {
        expect(result.failure.message).toMatch(/^Leave .+ out: /)
        continue
      }
      kept++
      const inquiry = result.value
      const rest = Object.entries(body).filter(([name]) => !CONSUMED.includes(name))
      expect(inquiry.turns.map(messageFromTurn)).toEqual(body.messages)
      expect(Object.entries(inquiry.parameters)).toEqual(rest)
      expect(inquiry.limit?.tokens ?? null).toBe(
        body.max_completion_tokens ?? body.max_tokens ?? null,
      )
    }
    expect(kept).toBeGreaterThan(900)
  })
})
