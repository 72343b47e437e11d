/**
 * A model server's script of chat completions, spoken in another contract: by a server that has no other route. Pure.
 * Written apart from the code under test, and only as wide as scripts here need it.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/lib/json.ts'
import type { RecordedRequest, Reply } from './upstream.ts'

/** What only the server can read, and wants back. */
export const BLOB = 'b64-of-the-provider'

type Script = (request: RecordedRequest) => Reply

const NO_ROUTE: Reply = { status: 404, json: { detail: 'Not Found' } }

const listOf = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isJsonObject) : []

function textOf(content: JsonValue | undefined): string {
  if (typeof content === 'string') return content
  return listOf(content)
    .map(({ text, content: inner }) => (typeof text === 'string' ? text : textOf(inner)))
    .join('\n')
}

/** The message of a chat reply that is whole; null for any other reply. */
function messageOf(reply: Reply): JsonObject | null {
  const body =
    'json' in reply && isJsonObject(reply.json as JsonValue) ? (reply.json as JsonObject) : {}
  const [choice] = listOf(body.choices)
  return isJsonObject(choice?.message) ? choice.message : null
}

function ask(script: Script, request: RecordedRequest, body: JsonObject): Reply {
  return script({ ...request, json: { ...body, stream: false } })
}

/** `POST /responses`, and nothing else. */
export function inResponses(script: Script): Script {
  return (request) => {
    const { json } = request
    if (!request.url.endsWith('/responses') || !isJsonObject(json)) return NO_ROUTE
    const format =
      isJsonObject(json.text) && isJsonObject(json.text.format) ? json.text.format : null
    const reply = ask(script, request, {
      model: json.model ?? null,
      messages: listOf(json.input).map((item) => ({
        role: item.role ?? 'tool',
        content: textOf(item.content ?? item.output),
      })),
      ...(format && { response_format: { type: 'json_schema', json_schema: format } }),
    })
    const message = messageOf(reply)
    if (!message) return reply
    const output = responsesItems(message)
    const response = {
      id: 'resp_1',
      object: 'response',
      model: json.model,
      status: 'completed',
      output,
      usage: { input_tokens: 1000, output_tokens: 5, total_tokens: 1005 },
    }
    if (json.stream !== true) return { json: response }
    const done = output.map((item, index) => ({
      type: 'response.output_item.done',
      output_index: index,
      item,
    }))
    return { sse: [...done, { type: 'response.completed', response }], done: false }
  }
}

function responsesItems(message: JsonObject): readonly JsonObject[] {
  const { reasoning_content: thought, content, tool_calls: calls } = message
  const part = { type: 'output_text', text: textOf(content), annotations: [] }
  return [
    ...(typeof thought === 'string'
      ? [
          {
            type: 'reasoning',
            summary: [],
            content: [{ type: 'reasoning_text', text: thought }],
            encrypted_content: BLOB,
          },
        ]
      : []),
    { type: 'message', role: 'assistant', status: 'completed', content: [part] },
    ...listOf(calls).map(({ id = null, function: called }) => {
      return { type: 'function_call', call_id: id, ...(isJsonObject(called) ? called : {}) }
    }),
  ]
}

/** `POST /messages`, and nothing else. */
export function inMessages(script: Script): Script {
  return (request) => {
    const { json } = request
    if (!request.url.endsWith('/messages') || !isJsonObject(json)) return NO_ROUTE
    const output = isJsonObject(json.output_config) ? json.output_config : {}
    const reply = ask(script, request, {
      model: json.model ?? null,
      messages: [
        { role: 'system', content: textOf(json.system) },
        ...listOf(json.messages).map(({ role = '', content }) => ({
          role,
          content: textOf(content),
        })),
      ],
      response_format: output.format ?? null,
    })
    const message = messageOf(reply)
    if (!message) return reply
    const blocks = messageBlocks(message)
    const usage = { input_tokens: 1000, output_tokens: 5 }
    const stop_reason = blocks.some(({ type }) => type === 'tool_use') ? 'tool_use' : 'end_turn'
    const head = { id: 'msg_1', type: 'message', role: 'assistant', model: json.model, usage }
    if (json.stream !== true) return { json: { ...head, content: blocks, stop_reason } }
    const events = blocks.flatMap((block, index) => [
      { type: 'content_block_start', index, content_block: block },
      { type: 'content_block_stop', index },
    ])
    return {
      sse: [
        { type: 'message_start', message: { ...head, content: [] } },
        ...events,
        { type: 'message_delta', delta: { stop_reason }, usage },
        { type: 'message_stop' },
      ],
      done: false,
    }
  }
}

function messageBlocks(message: JsonObject): readonly JsonObject[] {
  const { reasoning_content: thought, content, tool_calls: calls } = message
  return [
    ...(typeof thought === 'string'
      ? [{ type: 'thinking', thinking: thought, signature: BLOB }]
      : []),
    { type: 'text', text: textOf(content) },
    ...listOf(calls).map(({ id = null, function: called }) => {
      const { name = '', arguments: args = '{}' } = isJsonObject(called) ? called : {}
      return {
        type: 'tool_use',
        id,
        name,
        input: JSON.parse(typeof args === 'string' ? args : '{}'),
      }
    }),
  ]
}
