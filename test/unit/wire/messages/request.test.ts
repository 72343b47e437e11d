/** What a body has to be, and where a fault is said to be. */
import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../../../../src/lib/json.ts'
import { MESSAGES, refusalOf } from './door.ts'

const said = (...content: readonly JsonValue[]): JsonObject => ({
  ...MESSAGES,
  messages: [{ role: 'user', content }],
})

const answered = (...content: readonly JsonValue[]): JsonObject => ({
  ...MESSAGES,
  messages: [{ role: 'assistant', content }],
})

const RESULT = { type: 'tool_result', tool_use_id: 't1' }

describe('a body', () => {
  it.each<[string, JsonValue, string | null, string]>([
    ['a list', [], null, 'Send a JSON object with model, max_tokens, messages'],
    ['no limit', { ...MESSAGES, max_tokens: null }, 'max_tokens', 'max_tokens: Field required'],
    [
      'a limit of text',
      { ...MESSAGES, max_tokens: '9' },
      'max_tokens',
      'max_tokens: it must be a whole number of at least 1, not a string of 1 characters',
    ],
    [
      'no messages',
      { ...MESSAGES, messages: [] },
      'messages',
      'messages: it must be a list of at least 1, not a list of 0',
    ],
    [
      'a role of chat',
      { ...MESSAGES, messages: [{ role: 'tool', content: 'x' }] },
      'messages.0.role',
      "messages.0.role: it must be one of 'user', 'assistant', 'system', not 'tool'",
    ],
    [
      'a message without content',
      { ...MESSAGES, messages: [{ role: 'user' }] },
      'messages.0.content',
      'messages.0.content: it must be a string or a list of content blocks, not nothing',
    ],
    [
      'an image without a source',
      said({ type: 'text', text: 'x' }, { type: 'image' }),
      'messages.0.content.1.source',
      'messages.0.content.1.source: it must be an object with a type, not nothing',
    ],
    [
      'an image of another type',
      said({ type: 'image', source: { type: 'base64', media_type: 'image/bmp', data: 'AA' } }),
      'messages.0.content.0.source.media_type',
      "messages.0.content.0.source.media_type: it must be one of 'image/jpeg', 'image/png', 'image/gif', 'image/webp', not 'image/bmp'",
    ],
    [
      'a document from nowhere',
      said({ type: 'document', source: { type: 'pigeon' } }),
      'messages.0.content.0.source.type',
      "messages.0.content.0.source.type: it must be one of 'base64', 'text', 'content', 'url', 'file', not 'pigeon'",
    ],
    [
      'an empty text',
      said({ type: 'text', text: '' }),
      'messages.0.content.0.text',
      'messages.0.content.0.text: it must be a string that is not empty, not an empty string',
    ],
    [
      'a result of nothing',
      said({ type: 'tool_result', content: 'x' }),
      'messages.0.content.0.tool_use_id',
      'messages.0.content.0.tool_use_id: it must be a string that is not empty, not nothing',
    ],
    [
      'a result behind a text',
      said({ type: 'text', text: 'x' }, RESULT),
      'messages.0.content.1',
      'messages.0.content.1: it must be before every block of another type, not behind one',
    ],
    [
      'a flaw within a result',
      said({ ...RESULT, content: [{ type: 'text', text: 5 }] }),
      'messages.0.content.0.content.0.text',
      'messages.0.content.0.content.0.text: it must be a string that is not empty, not 5',
    ],
    [
      'a call with its input as text',
      answered({ type: 'tool_use', id: 't1', name: 'f', input: '{}' }),
      'messages.0.content.0.input',
      'messages.0.content.0.input: it must be an object, not a string of 2 characters',
    ],
    [
      'a thought without a signature',
      answered({ type: 'thinking', thinking: '' }),
      'messages.0.content.0.signature',
      'messages.0.content.0.signature: it must be a string that is not empty, not nothing',
    ],
    [
      'too warm',
      { ...MESSAGES, temperature: 1.5 },
      'temperature',
      'temperature: it must be a number from 0 to 1, not 1.5',
    ],
    [
      'too small a budget',
      { ...MESSAGES, thinking: { type: 'enabled', budget_tokens: 10 } },
      'thinking.budget_tokens',
      'thinking.budget_tokens: it must be a whole number of at least 1024, not 10',
    ],
    [
      'a tool without a schema',
      { ...MESSAGES, tools: [{ name: 'f' }] },
      'tools.0.input_schema',
      'tools.0.input_schema: it must be an object, not nothing',
    ],
    [
      'a choice of no tool',
      { ...MESSAGES, tool_choice: { type: 'tool' } },
      'tool_choice.name',
      'tool_choice.name: it must be a string that is not empty, not nothing',
    ],
    [
      'a system prompt with a picture',
      { ...MESSAGES, system: [{ type: 'image' }] },
      'system.0.type',
      "system.0.type: it must be 'text', not 'image'",
    ],
    [
      'a person that is a number',
      { ...MESSAGES, metadata: { user_id: 7 } },
      'metadata.user_id',
      'metadata.user_id: it must be a string of at most 512 characters, not 7',
    ],
    [
      'a tier of chat',
      { ...MESSAGES, service_tier: 'flex' },
      'service_tier',
      "service_tier: it must be one of 'auto', 'standard_only', not 'flex'",
    ],
  ])('with %s is refused by its place', (_, body, param, message) => {
    expect(refusalOf(body)).toEqual({ code: 'invalid_request', param, message })
  })

  it.each<[string, JsonObject]>([
    ['every parameter null', { system: null, tools: null, thinking: null, top_k: null }],
    ['an unknown parameter', { speed: 'fast' }],
    ['unknown fields', { messages: [{ role: 'user', content: 'Hi', id: 'm1' }] }],
    ['an unknown block', { messages: [{ role: 'user', content: [{ type: 'scent', oil: 1 }] }] }],
    ['a bare result', { messages: [{ role: 'user', content: [RESULT] }] }],
    ['a form of thinking that is new', { thinking: { type: 'between_tools' } }],
  ])('with %s is read', (_, changes) => {
    expect(refusalOf({ ...MESSAGES, ...changes })).toBeNull()
  })
})
