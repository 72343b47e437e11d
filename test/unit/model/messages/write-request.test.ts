/** A prompt as a request of the Messages contract: every turn and parameter, under the names they have there. */
import { describe, expect, it } from 'vitest'
import type { Prompt } from '../../../../src/conversation/model.ts'
import type { JsonObject } from '../../../../src/lib/json.ts'
import { Opaque } from '../../../../src/lib/opaque.ts'
import { writeMessagesRequest } from '../../../../src/model/messages/write-request.ts'
import { turnFromMessage } from '../../../../src/wire/chat-turns.ts'

function write(messages: readonly JsonObject[], parameters: JsonObject = {}) {
  const prompt: Prompt = {
    model: 'm',
    turns: messages.map(turnFromMessage),
    parameters,
    stream: false,
  }
  return writeMessagesRequest(prompt)
}

const USER = { role: 'user', content: 'Hi' }
const text = (words: string) => ({ type: 'text', text: words })

describe('a request', () => {
  it('has the leading instructions apart, and later ones where they stand', () => {
    const { system, messages } = write([
      { role: 'system', content: 'First' },
      { role: 'developer', content: 'Second' },
      USER,
      { role: 'system', content: 'Last' },
    ])
    expect(system).toEqual([text('First'), text('Second')])
    expect(messages).toEqual([{ role: 'user', content: [text('Hi'), text('Last')] }])
  })

  it('has the results of one round in one message', () => {
    const call = (id: string) => ({
      id,
      type: 'function',
      function: { name: 'f', arguments: '{"a":1}' },
    })
    const { messages } = write([
      USER,
      { role: 'assistant', content: null, tool_calls: [call('1'), call('2')] },
      { role: 'tool', tool_call_id: '1', content: 'x' },
      { role: 'tool', tool_call_id: '2', content: 'y' },
    ])
    const use = (id: string) => ({ type: 'tool_use', id, name: 'f', input: { a: 1 } })
    const result = (id: string, content: string) => ({
      type: 'tool_result',
      tool_use_id: id,
      content,
    })
    expect(messages).toEqual([
      { role: 'user', content: [text('Hi')] },
      { role: 'assistant', content: [use('1'), use('2')] },
      { role: 'user', content: [result('1', 'x'), result('2', 'y')] },
    ])
  })

  it('has what its server wants back before what was said', () => {
    const thought = { type: 'thinking', thinking: 'Hm.', signature: 'sig' }
    const carried = new Opaque({ fields: {}, calls: {}, items: [thought] })
    const call = { id: '1', kind: 'function', name: 'f', arguments: '{}' } as const
    const turns = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Well.', toolCalls: [call], carried },
    ] as const
    const { messages } = writeMessagesRequest({ model: 'm', turns, parameters: {}, stream: false })
    expect(messages).toEqual([
      { role: 'user', content: [text('Hi')] },
      {
        role: 'assistant',
        content: [thought, text('Well.'), { type: 'tool_use', id: '1', name: 'f', input: {} }],
      },
    ])
  })

  it('has pictures and documents as sources', () => {
    const content = [
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
      { type: 'image_url', image_url: { url: 'https://a.test/b.png' } },
      { type: 'file', file: { file_data: 'data:application/pdf;base64,BBBB', filename: 'b.pdf' } },
    ]
    expect(write([{ role: 'user', content }]).messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
          { type: 'image', source: { type: 'url', url: 'https://a.test/b.png' } },
          {
            type: 'document',
            source: { type: 'base64', media_type: 'application/pdf', data: 'BBBB' },
            title: 'b.pdf',
          },
        ],
      },
    ])
  })

  it.each<[string, JsonObject, JsonObject]>([
    ['a limit', { max_completion_tokens: 9 }, { max_tokens: 9 }],
    ['words to stop at', { stop: 'END' }, { stop_sequences: ['END'] }],
    ['a person', { user: 'u' }, { metadata: { user_id: 'u' } }],
    ['a choice that must be made', { tool_choice: 'required' }, { tool_choice: { type: 'any' } }],
    [
      'a choice of one tool, one at a time',
      { tool_choice: { type: 'function', function: { name: 'f' } }, parallel_tool_calls: false },
      { tool_choice: { type: 'tool', name: 'f', disable_parallel_tool_use: true } },
    ],
    [
      'a function',
      {
        tools: [
          {
            type: 'function',
            function: { name: 'f', description: 'd', parameters: { type: 'object' } },
          },
        ],
      },
      { tools: [{ name: 'f', description: 'd', input_schema: { type: 'object' } }] },
    ],
    [
      'a schema',
      {
        response_format: {
          type: 'json_schema',
          json_schema: { name: 's', schema: { type: 'object' } },
        },
      },
      { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } },
    ],
    [
      'a budget of thoughts within its bound',
      { max_tokens: 9000, thinking: { type: 'enabled', budget_tokens: 5000 } },
      { max_tokens: 9000, thinking: { type: 'enabled', budget_tokens: 5000 } },
    ],
    [
      'a bound beyond the budget of thoughts',
      { max_tokens: 2000, thinking: { type: 'enabled', budget_tokens: 5000 } },
      { max_tokens: 7000, thinking: { type: 'enabled', budget_tokens: 5000 } },
    ],
    ['what nobody knows', { top_k: 5 }, { top_k: 5 }],
  ])('has %s', (_, chat, expected) => {
    const { model: _model, messages: _messages, stream: _stream, ...rest } = write([USER], chat)
    expect(rest).toEqual({ max_tokens: 4_096, ...expected })
  })
})
