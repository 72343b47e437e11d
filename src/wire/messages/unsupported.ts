/**
 * Finds what a request of the Messages contract asks for that cannot be honoured while answers are held and judged. Pure.
 * It refuses by name and place; nothing is dropped in silence.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { RequestFault } from '../door.ts'
import { isAsked } from '../inquiry.ts'
import { MESSAGES_PARAMETERS } from './parameters.ts'
import { blocksIn, wordOf } from './parts.ts'
import type { MessagesRequest } from './request.ts'
import { hostedNames } from './tools.ts'

const BEFORE =
  'the provider would run it before the draft can be checked, and the policy does not list it'

export function findUnsupportedMessage(
  { body, messages }: MessagesRequest,
  hostedTools: readonly string[],
): RequestFault | null {
  return (
    hostedParameter(body, hostedTools) ??
    broughtSkills(body.container, hostedTools) ??
    hostedTool(body.tools, hostedTools) ??
    droppedInstructions(body.context_management) ??
    firstIn(messages, (message, at) =>
      firstIn(blocksIn(message.content), (block, index) =>
        unsupportedBlock(block, `messages.${at}.content.${index}`, hostedTools),
      ),
    )
  )
}

function firstIn<Item>(
  items: readonly Item[],
  find: (item: Item, index: number) => RequestFault | null,
): RequestFault | null {
  for (const [index, item] of items.entries()) {
    const found = find(item, index)
    if (found) return found
  }
  return null
}

function hostedParameter(body: JsonObject, allowed: readonly string[]): RequestFault | null {
  return firstIn(Object.entries(body), ([name, value]) => {
    const known = Object.hasOwn(MESSAGES_PARAMETERS, name) ? MESSAGES_PARAMETERS[name] : undefined
    if (known?.fate !== 'hosted' || !isAsked(value)) return null
    return known.tool && allowed.includes(known.tool) ? null : leaveOut(name, known.reason)
  })
}

function broughtSkills(
  container: JsonValue | undefined,
  allowed: readonly string[],
): RequestFault | null {
  if (!isJsonObject(container) || !isAsked(container.skills)) return null
  return allowed.includes('code_execution') ? null : leaveOut('container.skills', BEFORE)
}

function hostedTool(tools: JsonValue | undefined, allowed: readonly string[]): RequestFault | null {
  return firstIn(blocksIn(tools), ({ type }, index) => {
    const names = hostedNames(type)
    if (names.length === 0 || names.some((name) => allowed.includes(name))) return null
    return leaveOut(`tools.${index}`, BEFORE)
  })
}

/** What has been used up may be taken out of a conversation; whatever sums it up may lose what it was told. */
function droppedInstructions(management: JsonValue | undefined): RequestFault | null {
  const edits = isJsonObject(management) ? blocksIn(management.edits) : []
  return firstIn(edits, ({ type }, index) =>
    typeof type === 'string' && type.startsWith('clear_')
      ? null
      : leaveOut(
          `context_management.edits.${index}`,
          'it could drop the instructions that answers are checked against',
        ),
  )
}

function unsupportedBlock(
  block: JsonObject,
  at: string,
  allowed: readonly string[],
): RequestFault | null {
  const { type, thinking, citations } = block
  if (type === 'thinking' && thinking !== '') {
    return leaveOut(at, 'thoughts are never released in words, so none can be handed back')
  }
  const hosted = hostedBlock(block)
  if (hosted !== null && !hosted.some((name) => allowed.includes(name))) return leaveOut(at, BEFORE)
  if (isJsonObject(citations) && citations.enabled === true) {
    return leaveOut(`${at}.citations`, 'an answer has none here')
  }
  if (type !== 'tool_result') return null
  return firstIn(blocksIn(block.content), (inner, index) =>
    unsupportedBlock(inner, `${at}.content.${index}`, allowed),
  )
}

/** The names of the tool that a block tells a call or a result of, where the provider has run it; null for all other blocks. */
function hostedBlock({ type, name }: JsonObject): readonly string[] | null {
  if (typeof type !== 'string') return null
  if (type === 'server_tool_use') return [wordOf(name)]
  if (type === 'container_upload') return ['code_execution']
  const [, tool] = /^(.+)_tool_(?:use|result)$/.exec(type) ?? []
  return tool === undefined
    ? null
    : [tool, ...(tool.endsWith('code_execution') ? ['code_execution'] : [])]
}

const leaveOut = (param: string, why: string): RequestFault => ({
  param,
  message: `${param}: leave it out: ${why}`,
})
