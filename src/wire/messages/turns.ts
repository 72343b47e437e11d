/**
 * Messages to neutral turns. Pure. One message may be several turns: the results of calls are turns of their own.
 * What the client carries of hidden reasoning is found here and stays closed.
 */
import type { SealedByGateway } from '../../conversation/carried.ts'
import type { ToolCall, Turn } from '../../conversation/turn.ts'
import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { blocksIn, contentOf, setMembers, wordOf } from './parts.ts'

/** Reads a conversation that was checked. */
export function turnsOfMessages(
  system: JsonValue | undefined,
  messages: readonly JsonObject[],
): readonly Turn[] {
  const instructions = typeof system === 'string' ? system : blocksIn(system)
  const first: Turn = { role: 'system', content: contentOf(instructions) }
  return [
    ...(instructions.length > 0 ? [first] : []),
    ...messages.flatMap((message, index) => turnsOf(message, `messages.${index}`)),
  ]
}

function turnsOf(message: JsonObject, at: string): readonly Turn[] {
  const { role, content: said, ...unknown } = setMembers(message)
  const content = typeof said === 'string' ? said : blocksIn(said)
  const extra = Object.keys(unknown).length > 0 ? { extra: unknown } : {}
  if (role === 'assistant') return [{ ...assistantTurn(content, at), ...extra }]
  if (role === 'system') return [{ role, content: contentOf(content), ...extra }]
  if (typeof content === 'string') return [{ role: 'user', content, ...extra }]
  const results = content.filter(({ type }) => type === 'tool_result')
  const others = content.filter(({ type }) => type !== 'tool_result')
  const own: Turn = { role: 'user', content: contentOf(others), ...extra }
  return [...results.map(resultTurn), ...(others.length > 0 || results.length === 0 ? [own] : [])]
}

function resultTurn(block: JsonObject): Turn {
  const { type: _, tool_use_id: id, content = '', ...extra } = setMembers(block)
  return {
    role: 'tool',
    content: contentOf(typeof content === 'string' ? content : blocksIn(content)),
    toolCallId: wordOf(id),
    ...(Object.keys(extra).length > 0 && { extra }),
  }
}

const SEALED: Readonly<Record<string, string>> = {
  thinking: 'signature',
  redacted_thinking: 'data',
}

function assistantTurn(content: string | readonly JsonObject[], at: string): Turn {
  if (typeof content === 'string') return { role: 'assistant', content }
  const said = content.filter(({ type }) => type !== 'tool_use' && !isSealed(type))
  const toolCalls = content.filter(({ type }) => type === 'tool_use').map(callOf)
  const sealed = content.flatMap((block, index) => sealedIn(block, `${at}.content.${index}`))
  return {
    role: 'assistant',
    content: said.length > 0 ? contentOf(said) : toolCalls.length > 0 ? null : '',
    ...(toolCalls.length > 0 && { toolCalls }),
    ...(sealed.length > 0 && { sealed }),
  }
}

const isSealed = (type: JsonValue | undefined): type is string =>
  typeof type === 'string' && Object.hasOwn(SEALED, type)

function sealedIn(block: JsonObject, at: string): readonly SealedByGateway[] {
  const field = isSealed(block.type) ? SEALED[block.type] : undefined
  if (field === undefined) return []
  return [{ token: wordOf(block[field]), param: `${at}.${field}` }]
}

function callOf(block: JsonObject): ToolCall {
  const { type: _, id, name, input = {}, caller, ...rest } = setMembers(block)
  // Answers name the caller, and clients hand them back; the model itself is the one that there is.
  const own = isDirect(caller) ? {} : { caller }
  const extra: JsonObject = setMembers({ ...rest, ...own } as JsonObject)
  return {
    id: wordOf(id),
    kind: 'function',
    name: wordOf(name),
    arguments: JSON.stringify(input),
    ...(Object.keys(extra).length > 0 && { extra }),
  }
}

function isDirect(caller: JsonValue | undefined): boolean {
  return caller === undefined || JSON.stringify(caller) === '{"type":"direct"}'
}
