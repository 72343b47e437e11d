/** What can stand in a request or its answer, as each door has it. Pure. */
import type { JsonObject, JsonValue } from '../../src/lib/json.ts'
import type { DoorName } from '../../src/wire/door.ts'
import type { Said } from '../fakes/speaker.ts'

export type Sample = {
  /**
   * What is asked beside the model, by door; none where the contract has no form for it. `mark` stands in it where the client
   * says it: a word that is Base64 too.
   */
  readonly ask: (mark: string) => Readonly<Partial<Record<DoorName, JsonObject>>>
  /** Where the model says it: its answer, with `mark` in it. */
  readonly answer?: (mark: string) => Said
}

const SCHEMA = { type: 'object', properties: { at: { type: 'string' } } }
const user = (content: JsonValue) => [{ role: 'user', content }]
const parts = (
  chat: JsonObject | null,
  responses: JsonObject | null,
  messages: JsonObject | null,
) => ({
  ...(chat && { chat: { messages: user([{ type: 'text', text: 'Look' }, chat]) } }),
  ...(responses && {
    responses: { input: user([{ type: 'input_text', text: 'Look' }, responses]) },
  }),
  ...(messages && { messages: { messages: user([{ type: 'text', text: 'Look' }, messages]) } }),
})
const hello = {
  chat: { messages: user('Hello') },
  responses: { input: 'Hello' },
  messages: { messages: user('Hello') },
}
const TOOL = { name: 'look', description: 'Looks.' }
const tools: Readonly<Record<DoorName, JsonObject>> = {
  chat: { tools: [{ type: 'function', function: { ...TOOL, parameters: SCHEMA } }] },
  responses: { tools: [{ type: 'function', ...TOOL, parameters: SCHEMA, strict: false }] },
  messages: { tools: [{ ...TOOL, input_schema: SCHEMA }] },
}
const format: Readonly<Record<DoorName, JsonObject>> = {
  chat: { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: SCHEMA } } },
  responses: { text: { format: { type: 'json_schema', name: 'a', schema: SCHEMA } } },
  messages: { output_config: { format: { type: 'json_schema', schema: SCHEMA } } },
}
const helloWith = (extra: Readonly<Record<DoorName, JsonObject>>) => ({
  chat: { ...hello.chat, ...extra.chat },
  responses: { ...hello.responses, ...extra.responses },
  messages: { ...hello.messages, ...extra.messages },
})

export const SAMPLES: Readonly<Record<string, Sample>> = {
  text: {
    ask: (mark) => ({
      chat: { messages: user(mark) },
      responses: { input: mark },
      messages: { messages: user(mark) },
    }),
  },
  image: {
    ask: (mark) =>
      parts(
        { type: 'image_url', image_url: { url: `data:image/png;base64,${mark}` } },
        { type: 'input_image', image_url: `data:image/png;base64,${mark}` },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: mark } },
      ),
  },
  'image by a file’s id': {
    ask: (mark) =>
      parts(
        null,
        { type: 'input_image', file_id: mark },
        { type: 'image', source: { type: 'file', file_id: mark } },
      ),
  },
  file: {
    ask: (mark) =>
      parts(
        {
          type: 'file',
          file: { file_data: `data:application/pdf;base64,${mark}`, filename: 'a.pdf' },
        },
        { type: 'input_file', file_data: `data:application/pdf;base64,${mark}`, filename: 'a.pdf' },
        { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: mark } },
      ),
  },
  'file by its address': {
    ask: (mark) =>
      parts(
        null,
        { type: 'input_file', file_url: `https://files.test/${mark}` },
        { type: 'document', source: { type: 'url', url: `https://files.test/${mark}` } },
      ),
  },
  audio: {
    ask: (mark) => {
      const sound = { type: 'input_audio', input_audio: { data: mark, format: 'wav' } }
      return parts(sound, sound, null)
    },
  },
  'tool call': {
    ask: () => helloWith(tools),
    answer: (mark) => {
      const call = { name: 'look', arguments: JSON.stringify({ at: mark }) }
      const calls = [{ index: 0, id: 'call_1', type: 'function', function: call }]
      return { answer: '', message: { tool_calls: calls } }
    },
  },
  'tool result': {
    ask: (mark) => {
      const args = JSON.stringify({ at: 'Lyon' })
      return {
        chat: {
          ...tools.chat,
          messages: [
            ...user('Look'),
            {
              role: 'assistant',
              content: null,
              tool_calls: [
                { id: 'call_1', type: 'function', function: { name: 'look', arguments: args } },
              ],
            },
            { role: 'tool', tool_call_id: 'call_1', content: mark },
          ],
        },
        responses: {
          ...tools.responses,
          input: [
            ...user('Look'),
            { type: 'function_call', call_id: 'call_1', name: 'look', arguments: args },
            { type: 'function_call_output', call_id: 'call_1', output: mark },
          ],
        },
        messages: {
          ...tools.messages,
          messages: [
            ...user('Look'),
            {
              role: 'assistant',
              content: [{ type: 'tool_use', id: 'call_1', name: 'look', input: { at: 'Lyon' } }],
            },
            {
              role: 'user',
              content: [{ type: 'tool_result', tool_use_id: 'call_1', content: mark }],
            },
          ],
        },
      }
    },
  },
  'hosted tool': {
    ask: () =>
      helloWith({
        chat: { web_search_options: {} },
        responses: { tools: [{ type: 'web_search' }] },
        messages: { tools: [{ type: 'web_search_20250305', name: 'web_search' }] },
      }),
  },
  refusal: {
    ask: () => helloWith(format),
    answer: (mark) => ({
      answer: '',
      message: { refusal: `I cannot, ${mark}.` },
      decision: 'refuse',
    }),
  },
  'structured output': {
    ask: () => helloWith(format),
    answer: (mark) => ({ answer: JSON.stringify({ at: mark }) }),
  },
}
