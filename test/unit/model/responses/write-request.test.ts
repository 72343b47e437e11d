/** A prompt as a request of the Responses contract: every turn and parameter, under the names they have there. */
import { describe, expect, it } from 'vitest'
import type { Prompt } from '../../../../src/conversation/model.ts'
import type { JsonObject } from '../../../../src/lib/json.ts'
import { writeResponsesRequest } from '../../../../src/model/responses/write-request.ts'
import { turnFromMessage } from '../../../../src/wire/chat-turns.ts'
import { openAiContract } from '../../../fakes/openapi.ts'

const contract = openAiContract()

function write(messages: readonly JsonObject[], parameters: JsonObject = {}) {
  const prompt: Prompt = {
    model: 'm',
    turns: messages.map(turnFromMessage),
    parameters,
    stream: false,
  }
  const body = writeResponsesRequest(prompt)
  // A message with parts fits two of the document's schemas, of which it says that exactly one must fit.
  const hasParts = messages.some(({ content }) => Array.isArray(content))
  expect(hasParts ? [] : (contract?.problems('CreateResponse', body) ?? [])).toEqual([])
  return body
}

const USER = { role: 'user', content: 'Hi' }

describe('the turns', () => {
  it.each<[string, JsonObject, JsonObject]>([
    ['of a user', USER, USER],
    ['of a system', { role: 'system', content: 'S' }, { role: 'system', content: 'S' }],
    ['of a developer', { role: 'developer', content: 'D' }, { role: 'developer', content: 'D' }],
    ['of an assistant', { role: 'assistant', content: 'A' }, { role: 'assistant', content: 'A' }],
    [
      'with parts',
      {
        role: 'user',
        content: [
          { type: 'text', text: 'See' },
          { type: 'image_url', image_url: { url: 'https://a.test/b.png', detail: 'low' } },
          { type: 'file', file: { file_id: 'file-1' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'See' },
          { type: 'input_image', image_url: 'https://a.test/b.png', detail: 'low' },
          { type: 'input_file', file_id: 'file-1' },
        ],
      },
    ],
  ])('%s', (_, message, item) => {
    expect(write([message]).input).toEqual([item])
  })

  it.each<[string, JsonObject, JsonObject]>([
    ['a message', { ...USER, type: 'item_reference', id: 'msg_1' }, { ...USER, id: 'msg_1' }],
    [
      'a file',
      { role: 'user', content: [{ type: 'file', file: { type: 'input_text', file_id: 'f' } }] },
      { role: 'user', content: [{ type: 'input_file', file_id: 'f' }] },
    ],
    [
      'an image',
      {
        role: 'user',
        content: [{ type: 'image_url', image_url: { url: 'https://a.test', type: 'input_text' } }],
      },
      { role: 'user', content: [{ type: 'input_image', image_url: 'https://a.test' }] },
    ],
  ])('are of the type that was judged: %s', (_, message, item) => {
    const turns = [turnFromMessage(message)]
    const prompt: Prompt = { model: 'm', turns, parameters: {}, stream: false }
    expect(writeResponsesRequest(prompt).input).toEqual([item])
  })

  it('of a tool loop, calls and results as items of their own', () => {
    const call = { id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }
    const custom = { id: 'c2', type: 'custom', custom: { name: 'g', input: 'x' } }
    const { input } = write([
      USER,
      { role: 'assistant', content: 'Wait.', tool_calls: [call, custom] },
      { role: 'tool', tool_call_id: 'c1', content: '1' },
      { role: 'tool', tool_call_id: 'c2', content: '2' },
    ])
    expect(input).toEqual([
      USER,
      { role: 'assistant', content: 'Wait.' },
      { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' },
      { type: 'custom_tool_call', call_id: 'c2', name: 'g', input: 'x' },
      { type: 'function_call_output', call_id: 'c1', output: '1' },
      { type: 'custom_tool_call_output', call_id: 'c2', output: '2' },
    ])
  })

  it('of an assistant that only called leave no message', () => {
    const call = { id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }
    const { input } = write([USER, { role: 'assistant', content: null, tool_calls: [call] }])
    expect(input).toEqual([
      USER,
      { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' },
    ])
  })
})

describe('the parameters', () => {
  const schema = { name: 's', schema: { type: 'object' }, strict: true }
  it.each<[string, JsonObject, JsonObject]>([
    ['a limit', { max_completion_tokens: 99 }, { max_output_tokens: 99 }],
    ['an older limit', { max_tokens: 99 }, { max_output_tokens: 99 }],
    ['an effort', { reasoning_effort: 'low' }, { reasoning: { effort: 'low' } }],
    ['a verbosity', { verbosity: 'low' }, { text: { verbosity: 'low' } }],
    [
      'a schema',
      { response_format: { type: 'json_schema', json_schema: schema } },
      { text: { format: { type: 'json_schema', ...schema } } },
    ],
    [
      'log probabilities',
      { logprobs: true, top_logprobs: 2 },
      { include: ['message.output_text.logprobs'], top_logprobs: 2 },
    ],
    [
      'a function, which is not strict unless it says so',
      { tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }] },
      { tools: [{ type: 'function', name: 'f', parameters: { type: 'object' }, strict: false }] },
    ],
    [
      'a custom tool',
      { tools: [{ type: 'custom', custom: { name: 'g', description: 'd' } }] },
      { tools: [{ type: 'custom', name: 'g', description: 'd' }] },
    ],
    [
      'a choice of one tool',
      { tool_choice: { type: 'function', function: { name: 'f' } } },
      { tool_choice: { type: 'function', name: 'f' } },
    ],
    ['a word of choice', { tool_choice: 'required' }, { tool_choice: 'required' }],
    ['storage, where it is asked for', { store: true }, { store: true }],
    ['what has one name in both', { temperature: 0.5, user: 'u' }, { temperature: 0.5, user: 'u' }],
    ['what nobody knows', { x_unknown: { a: 1 } }, { x_unknown: { a: 1 } }],
  ])('%s', (_, chat, responses) => {
    const { model: _model, input: _input, stream: _stream, ...rest } = write([USER], chat)
    expect(rest).toEqual({ store: false, ...responses })
  })

  it('ask for one answer by saying nothing, and for more in words that a server can refuse', () => {
    expect([write([USER], { n: 1 }).n, write([USER], { n: 2 }).n]).toEqual([undefined, 2])
  })
})
