/**
 * The items of a Responses conversation as chat messages, with a refusal by name for what chat has no form for. Pure.
 * Items of the assistant's that belong together become one message, since chat has words and calls in one. What names an item
 * (`id`, `status`) and what only answers have (`annotations`, `logprobs`) says nothing to a model and is left out; every other
 * field goes on.
 */
import type { SealedByGateway } from '../../conversation/carried.ts'
import type { JsonArray, JsonObject, JsonValue } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import type { RequestFault } from '../door.ts'
import { forgedReasoning } from '../forged-reasoning.ts'
import { strayField } from '../stray-field.ts'
import { itemType } from './items.ts'
import { partInChat } from './parts.ts'

export type Conversation = {
  readonly messages: readonly JsonObject[]
  /** Of each message, which item of the request it begins with, below 0 for earlier ones; null for instructions. */
  readonly sources: readonly (number | null)[]
  /** Of each message, what the client carries of it, still closed. */
  readonly sealed: readonly (readonly SealedByGateway[])[]
}

/** A message that may still grow, by lists that are added to: a conversation may hold thousands of calls. */
type Group = {
  /** Words of one item each, the first of them what the message begins with. */
  readonly words: JsonObject[]
  readonly calls: JsonObject[]
  readonly sealed: SealedByGateway[]
  readonly source: number | null
}

/**
 * Reads checked items into a conversation, instructions first, then `earlier` ones, whose place is told as negative, then those
 * of the request. A fault is an `unsupported_parameter`.
 */
export function conversationOf(
  items: readonly JsonObject[],
  instructions: string | null,
  earlier: readonly JsonObject[] = [],
): Result<Conversation, RequestFault> {
  const read = new Reader()
  const all = [...earlier, ...items]
  if (instructions !== null) read.instruct(instructions, all)
  const forged = forgedReasoning(items, 'input')
  if (forged) return fail(forged)
  for (const [place, item] of all.entries()) {
    const index = place - earlier.length
    const fault = stray(item, placeOf(index)) ?? read.take(item, index)
    if (fault) return fail(fault)
  }
  return read.end()
}

/** Where an item stands in what the client has sent. */
function placeOf(index: number): string {
  return index < 0 ? 'previous_response_id' : `input[${index}]`
}

function stray(item: JsonObject, at: string): RequestFault | null {
  const name = strayField(item)
  return name === null
    ? null
    : refuse(`${at}.${name}`, 'it belongs to messages of /v1/chat/completions')
}

class Reader {
  readonly #groups: Group[] = []
  /** What waits for the words or calls that it was thought for. */
  #waiting: SealedByGateway[] = []
  /** The message of the assistant's that calls may still join. */
  #open: Group | null = null

  /** Some model servers refuse the two names of the role beside each other. */
  instruct(content: string, items: readonly JsonObject[]): void {
    const role = items.some((item) => item.role === 'developer') ? 'developer' : 'system'
    this.#begin([{ role, content }], null)
  }

  take(item: JsonObject, index: number): RequestFault | null {
    const at = placeOf(index)
    switch (itemType(item)) {
      case 'message':
        return this.#takeMessage(item, index)
      case 'function_call':
      case 'custom_tool_call':
        this.#open ??= this.#begin([], index)
        this.#open.calls.push(callInChat(item))
        this.#attach(this.#open)
        return null
      case 'function_call_output':
      case 'custom_tool_call_output':
        return this.#takeOutput(item, index)
      case 'reasoning':
        return this.#takeReasoning(item, at)
      case 'item_reference':
        return refuse(at, 'no such item is kept here, so send the item itself')
      case 'compaction':
        return refuse(at, 'only what the gateway has compacted can be read here, and it has not')
      default:
        return refuse(`${at}.type`, 'items of this type have no form that can be checked here')
    }
  }

  end(): Result<Conversation, RequestFault> {
    const fault = this.#close()
    if (fault) return fail(fault)
    if (!this.#groups.some(({ source }) => source !== null)) {
      return fail({ param: 'input', message: 'Change input: it holds nothing but reasoning' })
    }
    return succeed({
      messages: this.#groups.map(messageOf),
      sources: this.#groups.map(({ source }) => source),
      sealed: this.#groups.map(({ sealed }) => sealed),
    })
  }

  #takeMessage(item: JsonObject, index: number): RequestFault | null {
    const { type: _type, id: _id, status: _status, role, content, ...fields } = item
    const translated = contentInChat(content, `${placeOf(index)}.content`)
    if (!translated.ok) return translated.failure
    const words = { role: role ?? null, content: translated.value, ...setFields(fields) }
    if (role !== 'assistant') {
      const fault = this.#close()
      this.#begin([words], index)
      return fault
    }
    // Nothing may stand between calls and their results in chat.
    if (this.#open && this.#open.calls.length > 0) this.#open.words.push(words)
    else this.#open = this.#begin([words], index)
    this.#attach(this.#open)
    return null
  }

  #takeOutput(item: JsonObject, index: number): RequestFault | null {
    const { type: _type, id: _id, status: _status, call_id: id, output, ...fields } = item
    const translated = contentInChat(output, `${placeOf(index)}.output`)
    if (!translated.ok) return translated.failure
    const fault = this.#close()
    const { role: _role, content: _content, ...others } = setFields(fields)
    const words = { role: 'tool', tool_call_id: id ?? null, content: translated.value, ...others }
    this.#begin([words], index)
    return fault
  }

  /** Without what is sealed it holds nothing: its words were looked for before. */
  #takeReasoning(item: JsonObject, at: string): RequestFault | null {
    if (Array.isArray(item.summary) && item.summary.length > 0) {
      return refuse(`${at}.summary`, 'reasoning is never released, so none can be handed back')
    }
    const { encrypted_content: token } = item
    if (typeof token === 'string' && token !== '') {
      this.#waiting.push({ token, param: `${at}.encrypted_content` })
    }
    return null
  }

  #begin(words: JsonObject[], source: number | null): Group {
    const group = { words, calls: [], sealed: [], source }
    this.#groups.push(group)
    return group
  }

  #attach(group: Group): void {
    for (const token of this.#waiting) group.sealed.push(token)
    this.#waiting = []
  }

  /** Ends what the assistant says in one go: reasoning that nothing has followed belongs to nothing. */
  #close(): RequestFault | null {
    this.#open = null
    const [waiting] = this.#waiting
    if (!waiting) return null
    const item = waiting.param.slice(0, -'.encrypted_content'.length)
    return refuse(item, 'what it was thought for does not follow it')
  }
}

function messageOf({ words, calls }: Group): JsonObject {
  const [first = { role: 'assistant', content: null }, ...more] = words
  const joined = more.length > 0 && {
    ...Object.assign({}, ...more),
    content: words.flatMap(({ content }) => partsOf(content)),
  }
  return { ...first, ...joined, ...(calls.length > 0 && { tool_calls: calls }) }
}

function callInChat(item: JsonObject): JsonObject {
  const { type, id: _id, status: _status, call_id: id = null, name = null, ...rest } = item
  const [kind, field] =
    type === 'custom_tool_call'
      ? (['custom', 'input'] as const)
      : (['function', 'arguments'] as const)
  const { [field]: text = null, ...fields } = rest
  return { id, type: kind, ...setFields(fields), [kind]: { name, [field]: text } }
}

function contentInChat(
  content: JsonValue | undefined,
  at: string,
): Result<JsonValue, RequestFault> {
  if (!Array.isArray(content)) return succeed(content ?? null)
  const parts: JsonObject[] = []
  for (const [index, part] of (content as readonly JsonObject[]).entries()) {
    const translated = partInChat(part, `${at}[${index}]`)
    if (!translated.ok) return translated
    parts.push(translated.value)
  }
  return succeed(parts)
}

function partsOf(content: JsonValue | undefined): JsonArray {
  if (Array.isArray(content)) return content
  return typeof content === 'string' ? [{ type: 'text', text: content }] : []
}

/** A null field is one that is not set: several clients send every field they know. */
function setFields(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
}

function refuse(param: string, reason: string): RequestFault {
  return { param, message: `Leave ${param} out: ${reason}` }
}
