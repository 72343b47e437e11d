import { describe, expect, it } from 'vitest'
import type { Turn } from '../../../src/conversation/turn.ts'
import type { JsonArray, JsonObject } from '../../../src/lib/json.ts'
import { messageFromTurn, turnFromMessage } from '../../../src/wire/chat-turns.ts'
import { recordedChats } from './recorded.ts'

const call = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } }

const MESSAGES: readonly (readonly [string, JsonObject])[] = [
  ['a string', { role: 'user', content: 'hello' }],
  ['an empty string', { role: 'user', content: '' }],
  ['null content', { role: 'assistant', content: null, tool_calls: [call] }],
  ['absent content', { role: 'assistant', tool_calls: [call] }],
  ['null refusal', { role: 'assistant', content: 'a', refusal: null }],
  ['a refusal', { role: 'assistant', content: null, refusal: 'no' }],
  ['no parts', { role: 'user', content: [] }],
  [
    'parts of every kind',
    {
      role: 'user',
      content: [
        { type: 'text', text: 'a', cache_control: { type: 'ephemeral' } },
        { type: 'refusal', refusal: 'b' },
        { type: 'image_url', image_url: { url: 'data:,', detail: 'low' } },
        { type: 'input_audio', input_audio: { data: '', format: 'wav' } },
        { type: 'file', file: { file_id: 'f' } },
        { type: 'video_url', video_url: { url: 'https://example.com/v' } },
        { type: 'document_url', document_url: 'https://example.com/d' },
        { type: 'text', text: null },
        { no: 'type' },
      ],
    },
  ],
  ['parts that are no objects', { role: 'user', content: ['a', 1] }],
  ['content that is an object', { role: 'user', content: { type: 'text' } }],
  ['a name', { role: 'user', content: 'a', name: 'ann' }],
  ['a null name', { role: 'user', content: 'a', name: null }],
  ['a tool result', { role: 'tool', content: 'a', tool_call_id: 'call_1' }],
  ['a function result', { role: 'function', content: 'a', name: 'f' }],
  ['unknown fields', { role: 'user', content: 'a', cache_control: { type: 'x' }, x: [1, null] }],
  ['an audio id', { role: 'assistant', content: null, audio: { id: 'audio_1' } }],
  [
    'a legacy call',
    { role: 'assistant', content: null, function_call: { name: 'f', arguments: '' } },
  ],
  ['a null legacy call', { role: 'assistant', content: 'a', function_call: null }],
  ['no calls', { role: 'assistant', content: 'a', tool_calls: [] }],
  ['null calls', { role: 'assistant', content: 'a', tool_calls: null }],
  [
    'no calls beside a legacy one',
    { role: 'assistant', tool_calls: [], function_call: { name: 'f', arguments: '{}', x: 1 } },
  ],
  [
    'both kinds of call',
    { role: 'assistant', tool_calls: [call], function_call: { name: 'f', arguments: '{}' } },
  ],
  [
    'a custom call',
    {
      role: 'assistant',
      tool_calls: [{ id: 'c', type: 'custom', custom: { name: 'sql', input: 'select 1', y: 2 } }],
    },
  ],
  [
    'unknown fields of a call, inside and outside',
    {
      role: 'assistant',
      tool_calls: [{ ...call, index: 0, function: { ...call.function, strict: true } }],
    },
  ],
  ['a call without a type', { role: 'assistant', tool_calls: [{ id: 'c', function: {} }] }],
]

describe('a message', () => {
  it.each(MESSAGES)('with %s is written as it was read', (_, message) => {
    expect(messageFromTurn(turnFromMessage(message))).toEqual(message)
  })

  it('of an unknown role is not read', () => {
    expect(() => turnFromMessage({ role: 'root', content: 'a' })).toThrow(
      new TypeError('Cannot read a message of the role: "root"'),
    )
  })

  it('keeps media as the client sent them', () => {
    const image = { type: 'image_url', image_url: { url: 'data:,' } }
    expect(turnFromMessage({ role: 'user', content: [image] }).content).toEqual([
      { kind: 'media', media: 'image', wire: image },
    ])
  })

  it('gives a custom call its input as arguments', () => {
    const custom = { id: 'c', type: 'custom', custom: { name: 'sql', input: 'select 1' } }
    expect(turnFromMessage({ role: 'assistant', tool_calls: [custom] }).toolCalls).toEqual([
      { id: 'c', kind: 'custom', name: 'sql', arguments: 'select 1' },
    ])
  })
})

describe('an unknown field', () => {
  const written = (turn: Partial<Turn>) => messageFromTurn({ role: 'user', ...turn })

  it.each<[string, Partial<Turn>, JsonObject]>([
    [
      'a role',
      { content: 'x', extra: { role: 'system', beside: 1 } },
      { role: 'user', content: 'x', beside: 1 },
    ],
    [
      'a text',
      { content: [{ kind: 'text', text: 'x', extra: { text: 'y', type: 'z' } }] },
      { role: 'user', content: [{ type: 'text', text: 'x' }] },
    ],
    [
      'a call',
      {
        toolCalls: [
          {
            id: 'c',
            kind: 'function',
            name: 'f',
            arguments: '{}',
            extra: { id: 'd', function: { name: 'g', arguments: '[]', beside: 1 } },
          },
        ],
      },
      {
        role: 'user',
        tool_calls: [
          { id: 'c', type: 'function', function: { name: 'f', arguments: '{}', beside: 1 } },
        ],
      },
    ],
  ])('never stands in the place of what was judged: %s', (_, turn, message) => {
    expect(written(turn)).toEqual(message)
  })
})

const recorded = recordedChats()

describe.skipIf(recorded.length === 0)('every recorded message', () => {
  it('is written as it was read', () => {
    const messages = recorded.flatMap(({ body }) => (body.messages ?? []) as JsonArray)
    expect(messages.length).toBeGreaterThan(2000)
    for (const message of messages as readonly JsonObject[]) {
      expect(messageFromTurn(turnFromMessage(message))).toEqual(message)
    }
  })
})
