/**
 * What a client's contract has beside chat's and no answer hangs on: found, and left out for a server that does not take it. Pure.
 * It touches no word of the conversation, and nothing that the door has not named.
 */
import type { Prompt } from '../../conversation/model.ts'
import type { Inquiry } from '../../conversation/outcome.ts'
import type { Part, ToolCall, Turn } from '../../conversation/turn.ts'
import { isJsonObject, type JsonArray, type JsonObject, type JsonValue } from '../../lib/json.ts'

type Asked = Pick<Prompt, 'turns' | 'parameters'>

export function holdsAsides({ asides = [], turns, parameters }: Inquiry): boolean {
  const isAside = (name: string) => asides.includes(name)
  return (
    asides.length > 0 &&
    (Object.keys(parameters).some(isAside) ||
      objectsIn(parameters.tools).some((tool) => Object.keys(tool).some(isAside)) ||
      turns.some((turn) => fieldsOf(turn).some((fields) => Object.keys(fields).some(isAside))))
  )
}

/** Everything that a turn says beside the conversation. */
function fieldsOf({ extra = {}, content, toolCalls = [] }: Turn): readonly JsonObject[] {
  const parts = typeof content === 'object' && content ? content : []
  return [
    extra,
    ...parts.map((part) => ('wire' in part ? part.wire : (part.extra ?? {}))),
    ...toolCalls.map((call) => call.extra ?? {}),
  ]
}

const objectsIn = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? (value as JsonArray).filter(isJsonObject) : []

export function withoutAsides(
  { turns, parameters }: Asked,
  { asides = [] }: Pick<Inquiry, 'asides'>,
): Asked {
  const bare = <Fields extends JsonObject>(fields: Fields): Fields =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => !asides.includes(name))) as Fields
  const { tools } = parameters
  return {
    turns: turns.map((turn) => bareTurn(turn, bare)),
    parameters: bare({
      ...parameters,
      ...(Array.isArray(tools) && {
        tools: tools.map((tool: JsonValue) => (isJsonObject(tool) ? bare(tool) : tool)),
      }),
    }),
  }
}

type Bare = (fields: JsonObject) => JsonObject

function bareTurn(turn: Turn, bare: Bare): Turn {
  const { content, toolCalls } = turn
  return {
    ...bareExtra(turn, bare),
    ...(typeof content === 'object' &&
      content && { content: content.map((part) => barePart(part, bare)) }),
    ...(toolCalls && { toolCalls: toolCalls.map((call) => bareExtra<ToolCall>(call, bare)) }),
  }
}

function barePart(part: Part, bare: Bare): Part {
  return 'wire' in part ? { ...part, wire: bare(part.wire) } : bareExtra(part, bare)
}

function bareExtra<Holder extends { readonly extra?: JsonObject }>(
  holder: Holder,
  bare: Bare,
): Holder {
  return holder.extra ? { ...holder, extra: bare(holder.extra) } : holder
}
