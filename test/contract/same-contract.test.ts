/** What a client of Messages sends to a server of Messages arrives as it was sent, on its way through the neutral form. */
import { expect, it } from 'vitest'
import type { JsonObject } from '../../src/lib/json.ts'
import { writeMessagesRequest } from '../../src/model/messages/write-request.ts'
import { DOORS } from '../../src/wire/doors.ts'

const CACHE = { type: 'ephemeral', ttl: '1h' }
const SCHEMA = { type: 'object', properties: { a: { type: 'string' } } }
const PNG = { type: 'base64', media_type: 'image/png', data: 'AAAA' }

/** What the gateway’s model adapter would send for a body, its own words left out. */
function arrived(body: JsonObject): JsonObject {
  const read = DOORS.messages.read(body, { mode: 'enforce' })
  if (!read.ok) throw new Error(read.failure.message)
  const { model, turns, limit, parameters, stream } = read.value.inquiry
  const bound = { max_tokens: limit?.tokens ?? null }
  return writeMessagesRequest({ model, turns, parameters: { ...parameters, ...bound }, stream })
}

const BODY: JsonObject = {
  model: 'm',
  max_tokens: 9,
  stream: false,
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
}

it.each<[string, JsonObject]>([
  ['sampling', { temperature: 0.5, top_p: 0.9, top_k: 4, stop_sequences: ['END'] }],
  [
    'thinking',
    { max_tokens: 4096, thinking: { type: 'enabled', budget_tokens: 2048, display: 'omitted' } },
  ],
  ['a person', { metadata: { user_id: 'u1' } }],
  ['a tier', { service_tier: 'standard_only' }],
  ['a form', { output_config: { effort: 'low', format: { type: 'json_schema', schema: SCHEMA } } }],
  ['what is new', { speed: 'fast', cache_control: CACHE, context_management: { edits: [] } }],
  [
    'tools',
    {
      tools: [
        {
          name: 'f',
          description: 'Finds.',
          input_schema: SCHEMA,
          strict: true,
          cache_control: CACHE,
        },
        { type: 'bash_20250124', name: 'bash' },
      ],
      tool_choice: { type: 'tool', name: 'f', disable_parallel_tool_use: true },
    },
  ],
  ['a system prompt', { system: [{ type: 'text', text: 'Be kind.', cache_control: CACHE }] }],
  [
    'pictures and documents',
    {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', source: PNG, cache_control: CACHE },
            { type: 'image', source: { type: 'url', url: 'https://x/y' } },
            { type: 'image', source: { type: 'file', file_id: 'f1' } },
            {
              type: 'document',
              source: { type: 'base64', media_type: 'application/pdf', data: 'AAAA' },
              title: 'T',
              context: 'C',
              cache_control: CACHE,
            },
            { type: 'document', source: { type: 'url', url: 'https://x/z' } },
            { type: 'document', source: { type: 'file', file_id: 'f2' }, title: 'T' },
            { type: 'scent', oil: 1 },
          ],
        },
      ],
    },
  ],
  [
    'a loop of tools',
    {
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'Weather?' }] },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'Let me look.' },
            { type: 'tool_use', id: 't1', name: 'f', input: { a: 1.5 }, cache_control: CACHE },
            { type: 'tool_use', id: 't2', name: 'f', input: {} },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 't1', content: 'No.', is_error: true },
            {
              type: 'tool_result',
              tool_use_id: 't2',
              content: [{ type: 'image', source: PNG }],
              cache_control: CACHE,
            },
            { type: 'text', text: 'Well?' },
          ],
        },
      ],
    },
  ],
])('%s', (_, changes) => {
  const body = { ...BODY, ...changes }
  expect(arrived(body)).toEqual(body)
})
