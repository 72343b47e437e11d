/**
 * A prompt as the body of `POST /responses`: the neutral turns as items, the parameters of the chat contract under the names
 * they have there. Pure. What has no other name goes on as it is: a server that does not take it says so.
 */
import type { Prompt } from '../../conversation/model.ts'
import type { Part, ToolCall, Turn } from '../../conversation/turn.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { originalIds } from '../call-ids.ts'
import { itemsToPutBack } from '../carried-fields.ts'
import { listField } from '../fields.ts'

/** What is written under another name, or at another place. */
const MOVED: ReadonlySet<string> = new Set([
  'function_call',
  'functions',
  'include',
  'logprobs',
  'max_completion_tokens',
  'max_tokens',
  'reasoning_effort',
  'response_format',
  'stream_options',
  'tool_choice',
  'tools',
  'verbosity',
])

export function writeResponsesRequest(prompt: Prompt): JsonObject {
  const { model, turns, parameters, stream } = prompt
  const rest = Object.entries(parameters).filter(
    ([name, value]) => !MOVED.has(name) && !(name === 'n' && value === 1),
  )
  return {
    // A server of this contract keeps what it is asked unless it is told not to: the hidden prompt, too.
    store: false,
    ...Object.fromEntries(rest),
    ...movedParameters(parameters),
    model,
    input: itemsOf(originalIds(turns)),
    stream,
  }
}

function movedParameters(parameters: JsonObject): JsonObject {
  const { max_completion_tokens, max_tokens, reasoning_effort, response_format, verbosity } =
    parameters
  const limit = max_completion_tokens ?? max_tokens
  const format = formatOf(response_format)
  const text = { ...(format && { format }), ...(verbosity !== undefined && { verbosity }) }
  const tools = [...listField(parameters.tools).map(toolOf), ...legacyTools(parameters.functions)]
  const choice = choiceOf(parameters.tool_choice ?? parameters.function_call)
  const include = includeOf(parameters)
  return {
    ...(limit !== undefined && { max_output_tokens: limit }),
    ...(reasoning_effort !== undefined && {
      reasoning: { ...objectOf(parameters.reasoning), effort: reasoning_effort },
    }),
    ...(Object.keys(text).length > 0 && { text: { ...objectOf(parameters.text), ...text } }),
    ...(tools.length > 0 && { tools }),
    ...(choice !== undefined && { tool_choice: choice }),
    ...(include.length > 0 && { include }),
  }
}

const objectOf = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {})

function formatOf(format: JsonValue | undefined): JsonValue | undefined {
  if (!isJsonObject(format) || !isJsonObject(format.json_schema)) return format
  const { json_schema: schema, ...rest } = format
  return { ...rest, ...schema }
}

const LOGPROBS = 'message.output_text.logprobs'

function includeOf({ include, logprobs }: JsonObject): readonly JsonValue[] {
  const asked = listField(include)
  return logprobs === true && !asked.includes(LOGPROBS) ? [...asked, LOGPROBS] : asked
}

/** Functions are strict in this contract where they do not say otherwise, and the other way round in chat. */
function toolOf(tool: JsonValue): JsonValue {
  if (!isJsonObject(tool)) return tool
  const { type = 'function', function: called, custom, ...rest } = tool
  if (isJsonObject(called)) return { ...rest, type, parameters: null, strict: false, ...called }
  if (!isJsonObject(custom)) return tool
  const { format, ...inner } = custom
  return { ...rest, type, ...inner, ...(format !== undefined && { format: grammarOf(format) }) }
}

function grammarOf(format: JsonValue): JsonValue {
  if (!isJsonObject(format) || !isJsonObject(format.grammar)) return format
  const { grammar, ...rest } = format
  return { ...rest, ...grammar }
}

function legacyTools(functions: JsonValue | undefined): readonly JsonValue[] {
  return listField(functions).map((called) => toolOf({ type: 'function', function: called }))
}

function choiceOf(choice: JsonValue | undefined): JsonValue | undefined {
  if (!isJsonObject(choice)) return choice
  const { function: called, custom, allowed_tools: allowed, ...rest } = choice
  if (isJsonObject(allowed)) {
    const tools = listField(allowed.tools).map((tool) => choiceOf(tool) ?? tool)
    return { ...rest, ...allowed, tools }
  }
  const named = called ?? custom
  if (isJsonObject(named)) return { ...rest, ...named }
  // The older form names the function and no type.
  return rest.type === undefined ? { type: 'function', ...rest } : choice
}

function itemsOf(turns: readonly Turn[]): readonly JsonObject[] {
  const custom = new Set(
    turns.flatMap(({ toolCalls = [] }) =>
      toolCalls.filter(({ kind }) => kind === 'custom').map(({ id }) => id),
    ),
  )
  return turns.flatMap((turn) => {
    if (turn.role === 'tool' || turn.role === 'function') return [resultOf(turn, custom)]
    const message = messageOf(turn)
    const calls = (turn.toolCalls ?? []).map(callOf)
    return [...itemsToPutBack(turn), ...(message ? [message] : []), ...calls]
  })
}

/** None for a turn that holds calls alone. */
function messageOf({ role, content, refusal, name, extra, toolCalls }: Turn): JsonObject | null {
  const isAssistant = role === 'assistant'
  const parts: readonly JsonObject[] | null = Array.isArray(content)
    ? (content as readonly Part[]).map((part) => partOf(part, isAssistant))
    : null
  const refused = refusal ? [{ type: 'refusal', refusal }] : []
  const said = parts ?? (typeof content === 'string' && refused.length === 0 ? content : [])
  const whole = typeof said === 'string' ? said : [...said, ...refused]
  if (whole.length === 0 && toolCalls) return null
  // Another type would make it an item of another kind, such as a reference to what nobody has judged.
  const { type: _type, ...beside } = extra ?? {}
  return { ...(name !== undefined && { name }), ...beside, role, content: whole }
}

function callOf({ id, kind, name, arguments: text }: ToolCall): JsonObject {
  return kind === 'custom'
    ? { type: 'custom_tool_call', call_id: id, name, input: text }
    : { type: 'function_call', call_id: id || name, name, arguments: text }
}

/** The older form of a result names the function and no call. */
function resultOf({ toolCallId, name, content }: Turn, custom: ReadonlySet<string>): JsonObject {
  const id = toolCallId ?? name ?? ''
  const output = Array.isArray(content)
    ? (content as readonly Part[]).map((part) => partOf(part, false))
    : ((content as string | null | undefined) ?? '')
  const type = custom.has(id) ? 'custom_tool_call_output' : 'function_call_output'
  return { type, call_id: id, output }
}

function partOf(part: Part, isAssistant: boolean): JsonObject {
  if (part.kind === 'text') {
    const type = isAssistant ? 'output_text' : 'input_text'
    return { ...part.extra, type, text: part.text }
  }
  if (part.kind === 'refusal') return { ...part.extra, type: 'refusal', refusal: part.text }
  const { wire } = part
  if (wire.type === 'image_url') {
    const { image_url: image, type: _type, ...rest } = wire
    if (!isJsonObject(image)) return { ...rest, type: 'input_image', image_url: image ?? null }
    const { url, ...others } = image
    return { ...rest, ...others, type: 'input_image', image_url: url ?? null }
  }
  if (wire.type === 'file' && isJsonObject(wire.file)) return { ...wire.file, type: 'input_file' }
  return wire
}
