/**
 * Tools, the choice between them and the form of an answer, from the words of the Messages contract to those of chat. Pure.
 * Which tools a provider runs by itself is known here; whether it may is the policy's to say.
 */
import { isJsonObject, type JsonArray, type JsonObject, type JsonValue } from '../../lib/json.ts'
import {
  type FieldCheck,
  fieldFlaw,
  flaw,
  isFilledText,
  isObject,
  isSwitch,
  objectWith,
} from '../checks.ts'
import { blocksIn, setMembers } from './parts.ts'

/** The contract's own tools that the client runs, by the beginning of their type: calls of them are judged like any. */
const CLIENT_RUN = ['bash_', 'browser_toolset_', 'computer_', 'memory_', 'text_editor_']

const isCustomTool = objectWith(
  { name: isFilledText, input_schema: isObject },
  { strict: isSwitch },
)

/** A tool of the client's own, or one of the provider's by its type. */
export const checkMessagesTool: FieldCheck = (value) => {
  if (!isJsonObject(value)) return flaw(value, 'a tool, an object')
  const { type = 'custom' } = value
  if (type === null || type === 'custom') return isCustomTool(value)
  return typeof type === 'string' ? null : fieldFlaw(value, 'type', `'custom' or a type of tool`)
}

/** The names by which a policy may allow a tool that the provider runs; none for one that the client runs. */
export function hostedNames(type: JsonValue | undefined): readonly string[] {
  if (typeof type !== 'string' || type === 'custom') return []
  if (CLIENT_RUN.some((start) => type.startsWith(start))) return []
  return type === 'mcp_toolset' ? [type, 'mcp'] : [type, type.replace(/_\d{8}$/, '')]
}

/** In chat a function has its name, description and schema apart; what else a tool says stays beside them. */
export function chatTools(tools: JsonValue | undefined): JsonArray {
  return blocksIn(tools).map((tool) => {
    const {
      type = 'custom',
      name,
      description,
      input_schema: parameters,
      strict,
      ...rest
    } = setMembers(tool)
    if (type !== 'custom') return tool
    const called = { name, description, parameters, strict } as JsonObject
    return { type: 'function', function: withoutGaps(called), ...rest }
  })
}

function withoutGaps(object: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  const set = Object.entries(object).filter(
    (entry): entry is [string, JsonValue] => entry[1] !== undefined,
  )
  return Object.fromEntries(set)
}

const CHOICES: Readonly<Record<string, string>> = { auto: 'auto', any: 'required', none: 'none' }

/** `tool_choice` as the two parameters that it is in chat. */
export function chatToolChoice(choice: JsonValue | undefined): JsonObject {
  if (!isJsonObject(choice)) return {}
  const { type, name, disable_parallel_tool_use: alone } = choice
  const word = typeof type === 'string' && Object.hasOwn(CHOICES, type) ? CHOICES[type] : undefined
  return {
    tool_choice: word ?? { type: 'function', function: { name: name ?? null } },
    ...(typeof alone === 'boolean' && { parallel_tool_calls: !alone }),
  }
}

/** A schema for the answer, which chat wants a name for. */
export function chatFormat(format: JsonValue | undefined): JsonObject {
  if (!isJsonObject(format)) return {}
  const { type, schema = {}, ...rest } = format
  const named = { name: 'output', schema, strict: true, ...rest }
  return { response_format: type === 'json_schema' ? { type, json_schema: named } : format }
}
