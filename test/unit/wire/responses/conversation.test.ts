import { describe, expect, it } from 'vitest'
import type { JsonArray, JsonObject } from '../../../../src/lib/json.ts'
import { messageFromTurn } from '../../../../src/wire/chat-turns.ts'
import { ask, refusal } from './ask.ts'

const messages = (input: JsonArray | string, fields: JsonObject = {}) =>
  ask({ input, ...fields }).inquiry.turns.map(messageFromTurn)

const USER = { role: 'user', content: 'hi' }
const call = (id: string, fields: JsonObject = {}) => ({
  type: 'function_call',
  call_id: id,
  name: 'f',
  arguments: '{"a":1}',
  ...fields,
})
const output = (id: string, text: string) => ({
  type: 'function_call_output',
  call_id: id,
  output: text,
})
const chatCall = (id: string) => ({
  id,
  type: 'function',
  function: { name: 'f', arguments: '{"a":1}' },
})

describe('the conversation', () => {
  it('of a string is what a user says', () => {
    expect(messages('hi')).toEqual([USER])
  })

  it('keeps messages with their roles, in order', () => {
    const input = ['system', 'developer', 'user', 'assistant'].map((role) => ({
      role,
      content: role,
    }))
    expect(messages(input)).toEqual(input)
  })

  it.each([
    ['system', [USER]],
    ['developer', [{ role: 'developer', content: 'x' }, USER]],
  ])('begins with the instructions, in the role %s', (role, input) => {
    expect(messages(input, { instructions: 'Be brief' })).toEqual([
      { role, content: 'Be brief' },
      ...input,
    ])
  })

  it('keeps the phase and unknown fields of a message, not its name nor what is null', () => {
    const item = {
      type: 'message',
      id: 'msg_1',
      status: 'completed',
      role: 'assistant',
      content: 'a',
      phase: 'commentary',
      x_vendor: { a: 1 },
      y: null,
    }
    expect(messages([item, USER])[0]).toEqual({
      role: 'assistant',
      content: 'a',
      phase: 'commentary',
      x_vendor: { a: 1 },
    })
  })

  it.each<[string, JsonObject, JsonObject]>([
    ['text', { type: 'input_text', text: 'a' }, { type: 'text', text: 'a' }],
    [
      'text with a breakpoint',
      { type: 'input_text', text: 'a', prompt_cache_breakpoint: { mode: 'explicit' } },
      { type: 'text', text: 'a', prompt_cache_breakpoint: { mode: 'explicit' } },
    ],
    [
      'a picture',
      { type: 'input_image', image_url: 'https://x.test/a.png', detail: 'low', file_id: null },
      { type: 'image_url', image_url: { url: 'https://x.test/a.png', detail: 'low' } },
    ],
    [
      'a file',
      { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA' },
      { type: 'file', file: { file_data: 'data:application/pdf;base64,AA', filename: 'a.pdf' } },
    ],
    [
      'a named file',
      { type: 'input_file', file_id: 'f1' },
      { type: 'file', file: { file_id: 'f1' } },
    ],
    [
      'sound',
      { type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } },
      { type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } },
    ],
    [
      'an earlier answer',
      { type: 'output_text', text: 'a', annotations: [], logprobs: [] },
      { type: 'text', text: 'a' },
    ],
    ['an earlier refusal', { type: 'refusal', refusal: 'no' }, { type: 'refusal', refusal: 'no' }],
    ['what neither contract names', { type: 'x_part', y: 1 }, { type: 'x_part', y: 1 }],
  ])('has %s in the form of chat', (_, part, expected) => {
    expect(messages([{ role: 'user', content: [part] }])).toEqual([
      { role: 'user', content: [expected] },
    ])
  })

  it('puts words and the calls after them into one message', () => {
    const said = { type: 'message', role: 'assistant', content: 'Looking.' }
    expect(
      messages([USER, said, call('c1'), call('c2'), output('c1', 'r'), output('c2', 's')]),
    ).toEqual([
      USER,
      { role: 'assistant', content: 'Looking.', tool_calls: [chatCall('c1'), chatCall('c2')] },
      { role: 'tool', tool_call_id: 'c1', content: 'r' },
      { role: 'tool', tool_call_id: 'c2', content: 's' },
    ])
  })

  it('lets no words stand between calls and their results', () => {
    const said = { type: 'message', role: 'assistant', content: 'Looking.' }
    expect(messages([USER, call('c1'), said, output('c1', 'r')])).toEqual([
      USER,
      {
        role: 'assistant',
        content: 'Looking.',
        tool_calls: [chatCall('c1')],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'r' },
    ])
  })

  it('begins another message after results, and for words after words', () => {
    const roles = messages([
      USER,
      call('c1'),
      output('c1', 'r'),
      call('c2'),
      output('c2', 's'),
      { role: 'assistant', content: 'a' },
      { role: 'assistant', content: 'b' },
    ]).map(({ role }) => role)
    expect(roles).toEqual([
      'user',
      'assistant',
      'tool',
      'assistant',
      'tool',
      'assistant',
      'assistant',
    ])
  })

  it('has results in parts, pictures among them', () => {
    const parts = [
      { type: 'input_text', text: 'a' },
      { type: 'input_image', image_url: 'data:image/png;base64,AA' },
    ]
    const item = { type: 'function_call_output', call_id: 'c1', output: parts }
    expect(messages([USER, call('c1'), item])[2]).toEqual({
      role: 'tool',
      tool_call_id: 'c1',
      content: [
        { type: 'text', text: 'a' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } },
      ],
    })
  })

  it('has calls of free text with their input', () => {
    const made = { type: 'custom_tool_call', call_id: 'c1', name: 'sql', input: 'select 1' }
    const got = { type: 'custom_tool_call_output', call_id: 'c1', output: '1' }
    expect(messages([USER, made, got]).slice(1)).toEqual([
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'custom', custom: { name: 'sql', input: 'select 1' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: '1' },
    ])
  })

  it('keeps unknown fields of a call beside it', () => {
    const [, message] = messages([USER, call('c1', { id: 'fc_1', status: 'completed', x: 'y' })])
    expect(message).toMatchObject({ tool_calls: [{ ...chatCall('c1'), x: 'y' }] })
  })

  it('has all words between calls and their results, in their order', () => {
    const said = (content: string) => ({ type: 'message', role: 'assistant', content })
    const [, message] = messages([USER, said('a'), call('c1'), said('b'), call('c2')])
    expect(message).toEqual({
      role: 'assistant',
      content: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
      tool_calls: [chatCall('c1'), chatCall('c2')],
    })
  })
})

describe('reasoning that a client carries', () => {
  const sealed = (token: string, fields: JsonObject = {}) => ({
    type: 'reasoning',
    id: 'rs_1',
    summary: [],
    encrypted_content: token,
    ...fields,
  })
  const tokens = (input: JsonArray) =>
    ask({ input }).inquiry.turns.map((turn) =>
      turn.sealed?.map(({ token, param }) => [token, param]),
    )

  it('goes, closed, with the turn that it was thought for', () => {
    expect(
      tokens([
        USER,
        sealed('one'),
        { role: 'assistant', content: 'a' },
        sealed('two'),
        call('c1'),
        output('c1', 'r'),
        sealed('three'),
        call('c2'),
      ]),
    ).toEqual([
      undefined,
      [
        ['one', 'input[1].encrypted_content'],
        ['two', 'input[3].encrypted_content'],
      ],
      undefined,
      [['three', 'input[6].encrypted_content']],
    ])
  })

  it('says nothing without anything in it', () => {
    expect(messages([USER, { type: 'reasoning', id: 'rs_1', summary: [] }])).toEqual([USER])
  })

  it.each<[string, JsonArray, string]>([
    [
      'a summary',
      [USER, sealed('x', { summary: [{ type: 'summary_text', text: 'a' }] })],
      'input[1].summary',
    ],
    [
      'words',
      [USER, sealed('x', { content: [{ type: 'reasoning_text', text: 'a' }] })],
      'input[1].content[0]',
    ],
    ['a field of a message', [{ ...USER, reasoning_content: 'x' }], 'input[0].reasoning_content'],
    [
      'a part of a message',
      [{ role: 'assistant', content: [{ type: 'thinking', thinking: 'x' }] }],
      'input[0].content[0]',
    ],
    ['what it was thought for missing', [USER, sealed('x')], 'input[1]'],
    [
      'what it was thought for missing before a user speaks',
      [sealed('x'), USER, { role: 'assistant', content: 'a' }],
      'input[0]',
    ],
    [
      'what it was thought for missing before a result',
      [USER, call('c1'), sealed('x'), output('c1', 'r'), call('c2')],
      'input[2]',
    ],
    ['nothing beside it', [{ type: 'reasoning', summary: [] }], 'input'],
  ])('is refused with %s', (_, input, param) => {
    expect(refusal({ input })).toMatchObject({ code: 'unsupported_parameter', param })
  })
})

describe('an item is refused by name', () => {
  it.each<[string, JsonObject, string]>([
    ['of a type without a form', { type: 'web_search_call', id: 'ws_1' }, 'input[1].type'],
    ['of a type that nobody knows', { type: 'x_item' }, 'input[1].type'],
    ['that is a reference', { type: 'item_reference', id: 'msg_1' }, 'input[1]'],
    ['that is a reference without a type', { id: 'msg_1' }, 'input[1]'],
    ['that was compacted elsewhere', { type: 'compaction', encrypted_content: 'x' }, 'input[1]'],
    [
      'with a picture by its name',
      { role: 'user', content: [{ type: 'input_image', file_id: 'f' }] },
      'input[1].content[0].file_id',
    ],
    [
      'with a file by its address',
      { role: 'user', content: [{ type: 'input_file', file_url: 'https://x.test/a.pdf' }] },
      'input[1].content[0].file_url',
    ],
    [
      'with calls of chat',
      { role: 'assistant', content: 'a', tool_calls: [{}] },
      'input[1].tool_calls',
    ],
    ['with a mark of chat', { role: 'assistant', content: 'a', prefix: true }, 'input[1].prefix'],
  ])('%s', (_, item, param) => {
    expect(refusal({ input: [USER, item] })).toMatchObject({
      code: 'unsupported_parameter',
      param,
      message: expect.stringMatching(/^Leave input\[1\]/),
    })
  })
})

describe('an item that is not well-formed', () => {
  it.each<[string, JsonArray[number], string]>([
    ['a word', 'hello', 'input[0]'],
    ['without a type', { content: 'x' }, 'input[0].type'],
    ['of a type that is a number', { type: 5 }, 'input[0].type'],
    ['of an unknown role', { role: 'root', content: 'x' }, 'input[0].role'],
    ['of the role of a tool', { role: 'tool', content: 'x' }, 'input[0].role'],
    ['without content', { role: 'user' }, 'input[0].content'],
    ['with a number as content', { role: 'user', content: 5 }, 'input[0].content'],
    ['with a part that is a word', { role: 'user', content: ['x'] }, 'input[0].content[0]'],
    ['with a part without a type', { role: 'user', content: [{}] }, 'input[0].content[0].type'],
    [
      'with text that is none',
      { role: 'user', content: [{ type: 'input_text' }] },
      'input[0].content[0].text',
    ],
    [
      'with a picture of nothing',
      { role: 'user', content: [{ type: 'input_image' }] },
      'input[0].content[0].image_url',
    ],
    [
      'with a picture as in chat',
      { role: 'user', content: [{ type: 'input_image', image_url: { url: 'x' } }] },
      'input[0].content[0].image_url',
    ],
    [
      'with a file of nothing',
      { role: 'user', content: [{ type: 'input_file', filename: 'x' }] },
      'input[0].content[0].file_data',
    ],
    ['a phase that is unknown', { role: 'assistant', content: 'a', phase: 'x' }, 'input[0].phase'],
    [
      'a call without an id',
      { type: 'function_call', name: 'f', arguments: '' },
      'input[0].call_id',
    ],
    [
      'a call with arguments as an object',
      { type: 'function_call', call_id: 'c', name: 'f', arguments: {} },
      'input[0].arguments',
    ],
    ['a result of nothing', { type: 'function_call_output', output: 'x' }, 'input[0].call_id'],
    ['a result without output', { type: 'function_call_output', call_id: 'c' }, 'input[0].output'],
    ['a reference to nothing', { type: 'item_reference' }, 'input[0].id'],
  ])('%s is named', (_, item, param) => {
    expect(refusal({ input: [item] })).toMatchObject({ code: 'invalid_request', param })
  })
})
