/**
 * Finds what a request of the Messages contract asks for that cannot be honoured while answers are held and judged. Pure.
 * It refuses by name and place; nothing is dropped in silence.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { RequestFault } from '../door.ts'
import { isReasoningPart, reasoningField } from '../forged-reasoning.ts'
import { isAsked } from '../inquiry.ts'
import { PARAMETERS } from '../parameters.ts'
import { strayField } from '../stray-field.ts'
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
    firstIn(messages, (message, at) => unsupportedMessage(message, `messages.${at}`, hostedTools))
  )
}

const NO_THOUGHTS = 'thoughts are never released in words, so none can be handed back'

function unsupportedMessage(
  message: JsonObject,
  at: string,
  hostedTools: readonly string[],
): RequestFault | null {
  const thought = reasoningField(message)
  if (thought !== null) return leaveOut(`${at}.${thought}`, NO_THOUGHTS)
  const stray = strayOf(message, at)
  if (stray) return stray
  const sealed = message.role === 'assistant' ? ['thinking', 'redacted_thinking'] : []
  return firstIn(blocksIn(message.content), (block, index) =>
    unsupportedBlock(block, `${at}.content.${index}`, { hostedTools, sealed }),
  )
}

function strayOf(item: JsonObject, at: string): RequestFault | null {
  const name = strayField(item)
  return name === null
    ? null
    : leaveOut(`${at}.${name}`, 'it belongs to messages of /v1/chat/completions')
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
    if (!isAsked(value)) return null
    const known = [MESSAGES_PARAMETERS, PARAMETERS].find((table) => Object.hasOwn(table, name))?.[
      name
    ]
    if (Object.hasOwn(ELSEWHERE, name)) return leaveOut(name, ELSEWHERE[name] ?? '')
    if (known?.fate !== 'hosted' && known?.fate !== 'refused') return null
    return known.tool && allowed.includes(known.tool) ? null : leaveOut(name, known.reason)
  })
}

const NO_FORM = 'this contract has no form for it; /v1/chat/completions has'

/** Names of the chat contract: forwarded, they would be taken for what is made of this request. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.entries({
      max_completion_tokens: 'max_tokens',
      response_format: 'output_config.format',
      reasoning_effort: 'output_config.effort',
      stop: 'stop_sequences',
      functions: 'tools',
      function_call: 'tool_choice',
      parallel_tool_calls: 'tool_choice.disable_parallel_tool_use',
      user: 'metadata.user_id',
    }).map(([name, here]) => [name, `${here} is what this contract calls it`]),
  ),
  n: NO_FORM,
  audio: NO_FORM,
  modalities: NO_FORM,
  logprobs: NO_FORM,
  top_logprobs: NO_FORM,
  add_generation_prompt: NO_FORM,
  continue_final_message: NO_FORM,
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

type Allowed = {
  readonly hostedTools: readonly string[]
  /** Types of blocks that hold what is sealed of thoughts. */
  readonly sealed: readonly string[]
}

function unsupportedBlock(
  block: JsonObject,
  at: string,
  { hostedTools, sealed }: Allowed,
): RequestFault | null {
  const { type, thinking, citations, text } = block
  const isSealed = sealed.some((known) => known === type)
  if ((isReasoningPart(block) && !isSealed) || (type === 'thinking' && thinking !== '')) {
    return leaveOut(at, NO_THOUGHTS)
  }
  if ((type === 'document' || type === 'search_result') && text !== undefined) {
    return leaveOut(`${at}.text`, 'blocks of this type have none')
  }
  const hosted = hostedBlock(block)
  if (hosted !== null && !hosted.some((name) => hostedTools.includes(name))) {
    return leaveOut(at, BEFORE)
  }
  if (isJsonObject(citations) && citations.enabled === true) {
    return leaveOut(`${at}.citations`, 'an answer has none here')
  }
  if (type !== 'tool_result') return null
  return (
    strayOf(block, at) ??
    firstIn(blocksIn(block.content), (inner, index) =>
      unsupportedBlock(inner, `${at}.content.${index}`, { hostedTools, sealed: [] }),
    )
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
