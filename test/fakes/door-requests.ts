/** A chat request as each door has it, so that one suite can knock at all of them. Pure. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/lib/json.ts'
import type { DoorName } from '../../src/wire/door.ts'

type Sayer = { readonly route: string; readonly say: (chat: JsonObject) => JsonObject }

/** What a contract has no form for is left out. */
export const DOOR_REQUESTS: Readonly<Record<DoorName, Sayer>> = {
  chat: { route: 'chat/completions', say: (chat) => chat },
  responses: { route: 'responses', say: asResponses },
  messages: { route: 'messages', say: asMessages },
}

function asResponses(chat: JsonObject): JsonObject {
  const { messages, model, stream, stop, tools, response_format: format, logprobs } = chat
  const limit = limitOf(chat)
  return {
    model: model ?? null,
    input: messages ?? null,
    ...(stream !== undefined && { stream }),
    ...(stop !== undefined && { stop }),
    ...(limit !== undefined && { max_output_tokens: limit }),
    ...(logprobs === true && {
      include: ['message.output_text.logprobs'],
      top_logprobs: chat.top_logprobs ?? 0,
    }),
    ...(isJsonObject(format) && {
      text: { format: { type: format.type ?? null, ...objectIn(format.json_schema) } },
    }),
    ...(Array.isArray(tools) && {
      tools: tools.map((tool: JsonValue) => ({
        type: 'function',
        ...objectIn(isJsonObject(tool) ? tool.function : null),
      })),
    }),
  }
}

function asMessages(chat: JsonObject): JsonObject {
  const { messages, model, stream, stop, tools } = chat
  return {
    model: model ?? null,
    messages: Array.isArray(messages) ? messages.map(messageInMessages) : (messages ?? null),
    max_tokens: limitOf(chat) ?? 1024,
    ...(stream !== undefined && { stream }),
    ...(stop !== undefined && { stop_sequences: stop }),
    ...(Array.isArray(tools) && {
      tools: tools.map((tool: JsonValue) => {
        const { name = '', parameters = {} } = objectIn(isJsonObject(tool) ? tool.function : null)
        return { name, input_schema: parameters }
      }),
    }),
  }
}

function messageInMessages(message: JsonValue): JsonValue {
  if (!isJsonObject(message) || !Array.isArray(message.content)) return message
  const content = message.content.map((part: JsonValue) => {
    const { url } = objectIn(isJsonObject(part) ? part.image_url : null)
    const [, media_type, data] =
      /^data:([^;,]+);base64,(.*)$/.exec(typeof url === 'string' ? url : '') ?? []
    if (media_type === undefined || data === undefined) return part
    return { type: 'image', source: { type: 'base64', media_type, data } }
  })
  return { ...message, content }
}

function limitOf({ max_tokens, max_completion_tokens }: JsonObject): JsonValue | undefined {
  return max_completion_tokens ?? max_tokens
}

function objectIn(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {}
}
