/**
 * Parameters of a Responses request under the names and in the forms that chat has for them, and the way back for whoever is
 * told of one. Pure. Parameters that are the same in both go on verbatim.
 */
import { isJsonObject, type JsonArray, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { RESPONSES_PARAMETERS } from './parameters.ts'

/** Tools that have the same form in both contracts but for where their members stand. */
const NESTED = ['function', 'custom'] as const
type Nested = (typeof NESTED)[number]

/** What a tool is made of; any other member stands beside it. */
const MEMBERS: Readonly<Record<Nested, readonly string[]>> = {
  function: ['name', 'description', 'parameters', 'strict'],
  custom: ['name', 'description', 'format'],
}

/** In the order of the request, its messages where the input stood. */
export function parametersInChat(body: JsonObject, messages: JsonArray): JsonObject {
  return Object.fromEntries(
    Object.entries(body).flatMap(([name, value]) =>
      Object.entries(inChat(name, value, { body, messages })),
    ),
  )
}

type Source = { readonly body: JsonObject; readonly messages: JsonArray }

function inChat(name: string, value: JsonValue, { body, messages }: Source): JsonObject {
  if (!Object.hasOwn(RESPONSES_PARAMETERS, name)) return { [name]: value }
  switch (name) {
    case 'model':
    case 'stream':
    case 'stream_options':
      return { [name]: value }
    case 'input':
      return { messages }
    case 'store':
      return value === false ? { store: false } : {}
    case 'tools':
      return Array.isArray(value) ? { tools: value.map(toolInChat) } : {}
    case 'tool_choice':
      return hasTools(body) ? set('tool_choice', choiceInChat(value)) : {}
    case 'parallel_tool_calls':
      return hasTools(body) ? set('parallel_tool_calls', value) : {}
    case 'max_tool_calls':
      return providerTools(body).length > 0 ? set('max_tool_calls', value) : {}
    case 'text':
      return textInChat(value)
    case 'reasoning':
      return reasoningInChat(value)
    case 'include':
      return asksLogprobs(body) ? { logprobs: true } : {}
    case 'top_logprobs':
      return asksLogprobs(body) ? { logprobs: true, top_logprobs: value } : {}
    default:
      return {}
  }
}

/** The parameter that a client of this contract has sent where chat's is meant; null where it has sent none. */
export function nameHere(param: string, sources: readonly (number | null)[]): string | null {
  const end = param.search(/[.[]/)
  const [head, rest] = end < 0 ? [param, ''] : [param.slice(0, end), param.slice(end)]
  switch (head) {
    case 'messages': {
      const [, index = '', below = ''] = /^\[(\d{1,6})\](.*)$/.exec(rest) ?? []
      const source = sources[Number(index)]
      if (index === '') return 'input'
      return (source ?? -1) < 0 ? null : `input[${source}]${below}`
    }
    case 'response_format':
      return `text.format${rest.replace('.json_schema', '')}`
    case 'verbosity':
      return 'text.verbosity'
    case 'reasoning_effort':
      return 'reasoning.effort'
    case 'logprobs':
      return 'include'
    case 'max_tokens':
    case 'max_completion_tokens':
      return 'max_output_tokens'
    case 'tools':
    case 'tool_choice':
      return `${head}${rest.replace(/\.(?:function|custom)\b/, '')}`
    default:
      return param
  }
}

/** Tools that the provider runs. */
export function providerTools({ tools }: JsonObject): readonly JsonObject[] {
  return toolsIn(tools).filter(({ type }) => !NESTED.some((own) => own === type))
}

export function includes(body: JsonObject, what: string): boolean {
  return Array.isArray(body.include) && body.include.includes(what)
}

function asksLogprobs(body: JsonObject): boolean {
  const { top_logprobs: top = null } = body
  return includes(body, 'message.output_text.logprobs') || (top !== null && top !== 0)
}

const hasTools = ({ tools }: JsonObject): boolean => toolsIn(tools).length > 0

function toolsIn(tools: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(tools) ? tools.filter(isJsonObject) : []
}

function toolInChat(tool: JsonValue): JsonValue {
  if (!isJsonObject(tool)) return tool
  const kind = NESTED.find((own) => own === tool.type)
  if (kind === undefined) return tool
  const { type: _type, ...members } = tool
  const set = Object.entries(members).filter(([, value]) => value !== null)
  const inner = Object.fromEntries(set.filter(([name]) => MEMBERS[kind].includes(name)))
  const outer = Object.fromEntries(set.filter(([name]) => !MEMBERS[kind].includes(name)))
  const format = isJsonObject(inner.format) ? { format: grammarInChat(inner.format) } : {}
  return { type: kind, ...outer, [kind]: { ...inner, ...format } }
}

function grammarInChat(format: JsonObject): JsonObject {
  if (format.type !== 'grammar') return format
  const { type, ...grammar } = format
  return { type, grammar }
}

function choiceInChat(choice: JsonValue): JsonValue {
  if (!isJsonObject(choice)) return choice
  const { type, ...rest } = choice
  if (type === 'allowed_tools') {
    const tools = Array.isArray(rest.tools) ? rest.tools.map(choiceInChat) : []
    return { type, allowed_tools: { ...rest, tools } }
  }
  return NESTED.some((own) => own === type)
    ? { type: type ?? null, [type as Nested]: rest }
    : choice
}

function textInChat(text: JsonValue): JsonObject {
  if (!isJsonObject(text)) return {}
  const { format = null, verbosity = null, ...others } = text
  return { ...formatInChat(format), ...set('verbosity', verbosity), ...filled('text', others) }
}

/** Text is what there is where nothing is asked for, and not every server knows its name. */
function formatInChat(format: JsonValue): JsonObject {
  if (!isJsonObject(format) || format.type === 'text') return {}
  if (format.type !== 'json_schema') return { response_format: format }
  const { type, ...schema } = format
  return { response_format: { type, json_schema: schema } }
}

/** Summaries are asked for by clients that would show them where there are any; here there never are. */
function reasoningInChat(reasoning: JsonValue): JsonObject {
  if (!isJsonObject(reasoning)) return {}
  const { effort = null, summary: _summary, generate_summary: _older, ...others } = reasoning
  return { ...set('reasoning_effort', effort), ...filled('reasoning', others) }
}

function filled(name: string, value: JsonObject): JsonObject {
  const members = Object.entries(value).filter(([, member]) => member !== null)
  return members.length > 0 ? { [name]: Object.fromEntries(members) } : {}
}

function set(name: string, value: JsonValue): JsonObject {
  return value === null ? {} : { [name]: value }
}
