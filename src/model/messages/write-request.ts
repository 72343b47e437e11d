/**
 * A prompt as the body of `POST /messages`: the neutral turns as messages of blocks, the parameters of the chat contract under
 * the names they have there. Pure. What has no other name goes on as it is: a server that does not take it says so.
 */
import type { Prompt } from '../../conversation/model.ts'
import type { Part, ToolCall, Turn } from '../../conversation/turn.ts'
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  numberOf,
  parseJson,
} from '../../lib/json.ts'
import { originalIds } from '../call-ids.ts'
import { itemsToPutBack } from '../carried-fields.ts'
import { listField } from '../fields.ts'

/** What is written under another name, or at another place. */
const MOVED: ReadonlySet<string> = new Set([
  'function_call',
  'functions',
  'max_completion_tokens',
  'max_tokens',
  'parallel_tool_calls',
  'reasoning_effort',
  'response_format',
  'safety_identifier',
  'service_tier',
  'stop',
  'stream_options',
  'tool_choice',
  'tools',
  'user',
])

/** This contract wants a bound, and some servers take no other. */
const LEAST_LIMIT = 4_096

export function writeMessagesRequest(prompt: Prompt): JsonObject {
  const { model, turns, parameters, stream } = prompt
  const rest = Object.entries(parameters).filter(
    ([name, value]) => !MOVED.has(name) && !(name === 'n' && value === 1),
  )
  const first = turns.findIndex(({ role }) => !isInstruction(role))
  const leading = first < 0 ? turns : turns.slice(0, first)
  const system = leading.flatMap(blocksOf)
  return {
    ...Object.fromEntries(rest),
    ...movedParameters(parameters),
    model,
    ...(system.length > 0 && { system }),
    messages: messagesOf(originalIds(first < 0 ? [] : turns.slice(first))),
    stream,
  }
}

const isInstruction = (role: Turn['role']): boolean => role === 'system' || role === 'developer'

const objectOf = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {})

function movedParameters(parameters: JsonObject): JsonObject {
  const { stop, reasoning_effort: effort, service_tier: tier } = parameters
  const tools = [...listField(parameters.tools).map(toolOf), ...legacyTools(parameters.functions)]
  const choice = toolChoice(parameters)
  const user = parameters.safety_identifier ?? parameters.user
  const format = formatOf(parameters.response_format)
  const output = { ...(format && { format }), ...(effort !== undefined && { effort }) }
  return {
    max_tokens: boundOf(parameters),
    ...(stop !== undefined &&
      stop !== null && { stop_sequences: Array.isArray(stop) ? stop : [stop] }),
    ...(tools.length > 0 && { tools }),
    ...(choice && { tool_choice: choice }),
    ...(tier !== undefined && { service_tier: tier === 'default' ? 'standard_only' : tier }),
    ...(user !== undefined && { metadata: { ...objectOf(parameters.metadata), user_id: user } }),
    ...(Object.keys(output).length > 0 && {
      output_config: { ...objectOf(parameters.output_config), ...output },
    }),
  }
}

/** What is thought counts within the bound here, and one that leaves nothing beside it is refused: a pass that only thinks has such a one. */
function boundOf({
  max_completion_tokens: most,
  max_tokens: older,
  thinking,
}: JsonObject): JsonValue {
  const bound = most ?? older ?? LEAST_LIMIT
  const tokens = numberOf(bound)
  const budget = isJsonObject(thinking) ? numberOf(thinking.budget_tokens) : null
  return tokens !== null && budget !== null && tokens <= budget ? tokens + budget : bound
}

function formatOf(format: JsonValue | undefined): JsonValue | undefined {
  if (!isJsonObject(format) || format.type === 'text') return undefined
  if (!isJsonObject(format.json_schema)) return format
  return { type: 'json_schema', schema: format.json_schema.schema ?? {} }
}

function toolOf(tool: JsonValue): JsonValue {
  if (!isJsonObject(tool)) return tool
  const { type: _type, function: called, custom, ...rest } = tool
  const named = called ?? custom
  if (!isJsonObject(named)) return tool
  const { parameters = { type: 'object' }, format: _format, ...inner } = named
  // A tool of free text is one of a single string here.
  const schema = isJsonObject(called)
    ? parameters
    : { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] }
  return { ...rest, ...inner, input_schema: schema }
}

function legacyTools(functions: JsonValue | undefined): readonly JsonValue[] {
  return listField(functions).map((called) => toolOf({ function: called }))
}

function toolChoice(parameters: JsonObject): JsonObject | null {
  const asked = choiceOf(parameters.tool_choice ?? parameters.function_call)
  if (parameters.parallel_tool_calls !== false) return asked
  return { ...(asked ?? { type: 'auto' }), disable_parallel_tool_use: true }
}

function choiceOf(choice: JsonValue | undefined): JsonObject | null {
  if (choice === 'required') return { type: 'any' }
  if (typeof choice === 'string') return { type: choice }
  if (!isJsonObject(choice)) return null
  const named = choice.function ?? choice.custom ?? choice
  if (!isJsonObject(named) || typeof named.name !== 'string') return choice
  return { type: 'tool', name: named.name }
}

/** Results stand in the user's message that follows their calls: turns of one side that follow each other are one message. */
function messagesOf(turns: readonly Turn[]): readonly JsonObject[] {
  const messages: { role: 'user' | 'assistant'; content: JsonObject[] }[] = []
  for (const turn of turns) {
    const role = turn.role === 'assistant' ? 'assistant' : 'user'
    const last = messages.at(-1)
    const blocks =
      turn.role === 'tool' || turn.role === 'function' ? [resultOf(turn)] : blocksOf(turn)
    if (last?.role === role) last.content.push(...blocks)
    else if (blocks.length > 0) messages.push({ role, content: [...blocks] })
  }
  return messages
}

function blocksOf(turn: Turn): readonly JsonObject[] {
  const { content, refusal, toolCalls = [] } = turn
  const said = typeof content === 'string' ? textBlocks(content) : (content ?? []).map(blockOf)
  const refused = textBlocks(refusal ?? '')
  return [...itemsToPutBack(turn), ...said, ...refused, ...toolCalls.map(useOf)]
}

/** An empty text is refused here. */
const textBlocks = (text: string): readonly JsonObject[] =>
  text === '' ? [] : [{ type: 'text', text }]

function useOf({ id, kind, name, arguments: text, extra = {} }: ToolCall): JsonObject {
  const parsed = kind === 'custom' ? null : parseJson(text, { exact: true })
  const input =
    parsed?.ok && isJsonObject(parsed.value)
      ? parsed.value
      : kind === 'custom'
        ? { input: text }
        : {}
  const { function: _function, custom: _custom, ...rest } = extra
  return { ...rest, type: 'tool_use', id: id || name, name, input }
}

function resultOf({ toolCallId, name, content, extra }: Turn): JsonObject {
  const result = typeof content === 'string' ? content : (content ?? []).map(blockOf)
  return { ...extra, type: 'tool_result', tool_use_id: toolCallId ?? name ?? '', content: result }
}

const DATA_URL = /^data:([^;,]+);base64,/

function blockOf(part: Part): JsonObject {
  if (part.kind === 'text' || part.kind === 'refusal') {
    return { ...part.extra, type: 'text', text: part.text }
  }
  const { wire } = part
  if (wire.type === 'image_url') {
    const { image_url: image, ...rest } = wire
    const url = isJsonObject(image) ? image.url : image
    return typeof url === 'string' ? { ...rest, type: 'image', source: sourceOf(url) } : wire
  }
  if (wire.type !== 'file' || !isJsonObject(wire.file)) return wire
  const { file: _file, ...rest } = wire
  return { ...rest, ...documentOf(wire.file) }
}

function documentOf({
  file_data: data,
  file_id: id,
  file_url: url,
  filename,
}: JsonObject): JsonObject {
  const source =
    typeof id === 'string'
      ? { type: 'file', file_id: id }
      : sourceOf(typeof data === 'string' ? data : typeof url === 'string' ? url : '')
  return { type: 'document', source, ...(typeof filename === 'string' && { title: filename }) }
}

function sourceOf(url: string): JsonObject {
  const [prefix = '', type] = DATA_URL.exec(url) ?? []
  if (type === undefined) return { type: 'url', url }
  return { type: 'base64', media_type: type, data: url.slice(prefix.length) }
}
