/** Messages as turns: nothing is dropped, and what is text is a text. */
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../../src/lib/json.ts'
import { inquiryOf, turnsOf } from './door.ts'

const user = (...content: readonly JsonObject[]) => turnsOf({ role: 'user', content })
const assistant = (...content: readonly JsonObject[]) => turnsOf({ role: 'assistant', content })
const CACHE = { type: 'ephemeral' }

describe('the system prompt', () => {
  it.each([
    ['Be kind.', 'Be kind.'],
    [[{ type: 'text', text: 'Be kind.' }], 'Be kind.'],
    [
      [{ type: 'text', text: 'Be kind.', cache_control: CACHE }],
      [{ kind: 'text', text: 'Be kind.', extra: { cache_control: CACHE } }],
    ],
  ])('%j is the first turn', (system, content) => {
    expect(inquiryOf({ system }).turns[0]).toEqual({ role: 'system', content })
  })

  it('is no turn where it is empty', () => {
    expect(inquiryOf({ system: [] }).turns).toHaveLength(1)
  })

  it('in the midst of a conversation stays where it is', () => {
    expect(turnsOf({ role: 'user', content: 'a' }, { role: 'system', content: 'b' })[1]).toEqual({
      role: 'system',
      content: 'b',
    })
  })
})

describe('what a user says', () => {
  it('is a string where it is one text and no more', () => {
    expect(user({ type: 'text', text: 'Hi', citations: null })).toEqual([
      { role: 'user', content: 'Hi' },
    ])
  })

  it('keeps marks for a cache, and unknown fields', () => {
    expect(
      turnsOf({
        role: 'user',
        content: [{ type: 'text', text: 'Hi', cache_control: CACHE }],
        id: 1,
      }),
    ).toEqual([
      {
        role: 'user',
        content: [{ kind: 'text', text: 'Hi', extra: { cache_control: CACHE } }],
        extra: { id: 1 },
      },
    ])
  })

  it.each<[JsonObject, JsonObject]>([
    [
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
    ],
    [
      { type: 'image', source: { type: 'url', url: 'https://x/y' }, cache_control: CACHE },
      { type: 'image_url', image_url: { url: 'https://x/y' }, cache_control: CACHE },
    ],
    [
      { type: 'image', source: { type: 'file', file_id: 'f1' } },
      { type: 'image', source: { type: 'file', file_id: 'f1' } },
    ],
  ])('as a picture is one of chat, where chat has a form for it: %j', (block, wire) => {
    expect(user(block)).toEqual([
      { role: 'user', content: [{ kind: 'media', media: 'image', wire }] },
    ])
  })

  it.each<[JsonObject, JsonObject]>([
    [
      { source: { type: 'base64', media_type: 'application/pdf', data: 'AAAA' }, title: 'a.pdf' },
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } },
    ],
    [
      { source: { type: 'base64', media_type: 'application/pdf', data: 'AAAA' } },
      {
        type: 'file',
        file: { filename: 'document.pdf', file_data: 'data:application/pdf;base64,AAAA' },
      },
    ],
    [
      { source: { type: 'url', url: 'https://x/y.pdf' }, context: 'Old.' },
      { type: 'file', file: { file_url: 'https://x/y.pdf' }, context: 'Old.' },
    ],
    [
      { source: { type: 'file', file_id: 'f1' }, title: null },
      { type: 'file', file: { file_id: 'f1' } },
    ],
  ])('as a document is a file of chat: %j', (block, wire) => {
    expect(user({ type: 'document', ...block })).toEqual([
      { role: 'user', content: [{ kind: 'media', media: 'file', wire }] },
    ])
  })

  it('as a document of text can be read as text', () => {
    const source = { type: 'text', media_type: 'text/plain', data: 'Once.' }
    expect(user({ type: 'document', source, title: 'Tale', context: 'Old.' })).toEqual([
      { role: 'user', content: 'Tale\nOld.\n\nOnce.' },
    ])
  })

  it('as a document of blocks is these blocks', () => {
    const content = [
      { type: 'text', text: 'Once.' },
      { type: 'image', source: { type: 'url', url: 'https://x/y' } },
    ]
    const block = { type: 'document', source: { type: 'content', content }, title: 'Tale' }
    expect(user(block)[0]?.content).toEqual([
      { kind: 'text', text: 'Tale' },
      { kind: 'text', text: 'Once.' },
      {
        kind: 'media',
        media: 'image',
        wire: { type: 'image_url', image_url: { url: 'https://x/y' } },
      },
    ])
  })

  it('as what was found by a search can be read as text', () => {
    const content = [{ type: 'text', text: 'Once.' }]
    expect(user({ type: 'search_result', title: 'Tale', source: 'https://x', content })).toEqual([
      { role: 'user', content: 'Tale\nhttps://x\n\nOnce.' },
    ])
  })

  it('in a block that is not known goes on as it is', () => {
    const wire = { type: 'scent', oil: null }
    expect(user(wire)).toEqual([{ role: 'user', content: [{ kind: 'opaque', wire }] }])
  })
})

describe('the results of calls', () => {
  it('are turns of their own, before what else the message says', () => {
    expect(
      user(
        { type: 'tool_result', tool_use_id: 't1', content: '21 C' },
        {
          type: 'tool_result',
          tool_use_id: 't2',
          content: [{ type: 'text', text: 'No.' }],
          is_error: true,
          cache_control: CACHE,
        },
        { type: 'tool_result', tool_use_id: 't3' },
        { type: 'text', text: 'Well?' },
      ),
    ).toEqual([
      { role: 'tool', toolCallId: 't1', content: '21 C' },
      {
        role: 'tool',
        toolCallId: 't2',
        content: 'No.',
        extra: { is_error: true, cache_control: CACHE },
      },
      { role: 'tool', toolCallId: 't3', content: '' },
      { role: 'user', content: 'Well?' },
    ])
  })

  it('may hold pictures', () => {
    const source = { type: 'base64', media_type: 'image/png', data: 'AAAA' }
    const content = [{ type: 'image', source }]
    expect(user({ type: 'tool_result', tool_use_id: 't1', content })[0]?.content).toEqual([
      {
        kind: 'media',
        media: 'image',
        wire: { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
      },
    ])
  })
})

describe('what the assistant said', () => {
  it('and called is one turn', () => {
    expect(
      assistant(
        { type: 'text', text: 'Let me look.' },
        { type: 'tool_use', id: 't1', name: 'f', input: { a: 1.5 }, caller: { type: 'direct' } },
        { type: 'tool_use', id: 't2', name: 'g', input: {}, cache_control: CACHE },
      ),
    ).toEqual([
      {
        role: 'assistant',
        content: 'Let me look.',
        toolCalls: [
          { id: 't1', kind: 'function', name: 'f', arguments: '{"a":1.5}' },
          {
            id: 't2',
            kind: 'function',
            name: 'g',
            arguments: '{}',
            extra: { cache_control: CACHE },
          },
        ],
      },
    ])
  })

  it('is null where it only called', () => {
    expect(assistant({ type: 'tool_use', id: 't1', name: 'f', input: {} })[0]?.content).toBeNull()
  })

  it('carries what is sealed, closed and with its place', () => {
    const turn = turnsOf(
      { role: 'user', content: 'Hi' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: '', signature: 'one' },
          { type: 'redacted_thinking', data: 'two' },
          { type: 'text', text: 'Hello.' },
        ],
      },
    )[1]
    expect(turn).toEqual({
      role: 'assistant',
      content: 'Hello.',
      sealed: [
        { token: 'one', param: 'messages.1.content.0.signature' },
        { token: 'two', param: 'messages.1.content.1.data' },
      ],
    })
  })
})
