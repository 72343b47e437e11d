/**
 * What a provider will want back with an assistant's message: gathered from its reply, in whatever place it comes, and put back into
 * the next request. Pure. One of the few files that open it: it goes to the server that wrote it, and nowhere else.
 */
import type { ProviderState } from '../conversation/carried.ts'
import type { Turn } from '../conversation/turn.ts'
import { isJsonObject, type JsonArray, type JsonObject, type JsonValue } from '../lib/json.ts'
import { Opaque, reveal } from '../lib/opaque.ts'
import type { ModelReply } from './dialect.ts'
import { listField } from './fields.ts'

/**
 * Fields of messages, of tool calls and of the functions in them:
 * - `reasoning_content`: DeepSeek, Moonshot (Kimi), Z.ai, SGLang, vLLM, llama.cpp; `reasoning`: OpenRouter, vLLM, Groq, Ollama;
 *   `thinking`, `thought`, `reasoning_text`: others;
 * - `reasoning_details`: OpenRouter, MiniMax; `thinking_blocks`, `provider_specific_fields`: LiteLLM; `reasoning_items`: its Responses;
 * - `extra_content.google.thought_signature`: Gemini; `thought_signature`, `thought_signatures`: gateways before it;
 * - `reasoning_opaque`: GitHub Copilot; `encrypted_content`; `tool_plan`: Cohere.
 * What is new will be named like these.
 */
const NAMES: ReadonlySet<string> = new Set([
  'extra_content',
  'provider_specific_fields',
  'tool_plan',
])
const NAMED_LIKE = /reasoning|thinking|thought|signature|encrypted/i

/** The types of content parts that hold no answer: Mistral, Anthropic behind gateways. */
const PART_TYPES: readonly (JsonValue | undefined)[] = [
  'thinking',
  'redacted_thinking',
  'reasoning',
]

/** Strings that come in pieces; any other is said once, and the later one stays. */
const GROWING: ReadonlySet<string> = new Set([
  'reasoning',
  'reasoning_content',
  'reasoning_text',
  'summary',
  'text',
  'thinking',
  'thought',
  'tool_plan',
])

/** The names under which a block ends its text: what follows it is another block. */
const CLOSING = ['signature', 'data', 'encrypted_content'] as const

/** What of a message is asked back, while it is put together. */
export class CarriedDraft {
  #fields: JsonObject = {}
  readonly #items: JsonValue[] = []

  /** `whole`: as it is; else a piece that goes on with what came before it. */
  add(message: JsonObject, kind: 'piece' | 'whole'): void {
    const fields = stateFieldsOf(message)
    this.#fields = kind === 'whole' ? { ...this.#fields, ...fields } : grown(this.#fields, fields)
    const items = listField(message.content).filter(isThought)
    if (kind === 'piece') growList(this.#items, items)
    else for (const item of items) this.#items.push(item)
  }

  /** `calls`: of its tool calls, by the ids that they end with. Undefined where nothing is asked back. */
  finish(calls: ProviderState['calls']): Opaque<ProviderState> | undefined {
    const [fields, items] = [this.#fields, this.#items]
    const isEmpty = [fields, calls, items].every((one) => Object.keys(one).length === 0)
    return isEmpty ? undefined : new Opaque({ fields, calls, items })
  }
}

/** Whether a field of this name is the provider's own, to be given back as it is. */
export function isStateField(name: string): boolean {
  return NAMES.has(name) || NAMED_LIKE.test(name)
}

/** Those of a message, of an entry of its calls, or of the function in it. */
function stateFieldsOf(object: JsonObject): JsonObject {
  const found = Object.entries(object).filter(([name, value]) => {
    return isStateField(name) && !isBlank(value)
  })
  return Object.fromEntries(found)
}

/** Those of an entry of a list of calls, those of its function in their place. */
export function callStateOf(entry: JsonObject): JsonObject {
  const inner = Object.entries(entry).flatMap(([name, body]) => {
    const state = isJsonObject(body) && BODIES.has(name) ? stateFieldsOf(body) : {}
    return Object.keys(state).length > 0 ? [[name, state] as const] : []
  })
  return { ...stateFieldsOf(entry), ...Object.fromEntries(inner) }
}

const BODIES: ReadonlySet<string> = new Set(['function', 'custom'])

/** An object with what a piece of it adds. */
export function grown(known: JsonObject, piece: JsonObject): JsonObject {
  const next: Record<string, JsonValue> = { ...known }
  for (const [name, value] of Object.entries(piece))
    next[name] = grownValue(known[name], value, name)
  return next
}

function grownValue(known: JsonValue | undefined, piece: JsonValue, name: string): JsonValue {
  if (known === undefined || isBlank(known)) return piece
  if (isBlank(piece)) return known
  if (typeof known === 'string' && typeof piece === 'string') {
    return GROWING.has(name) ? known + piece : piece
  }
  if (Array.isArray(known) && Array.isArray(piece)) return growList(known, piece)
  return isJsonObject(known) && isJsonObject(piece) ? grown(known, piece) : piece
}

/** More blocks than grow side by side. */
const GROWING_AT_ONCE = 64

/** In place: a reply that has many entries must not have them copied for each. */
function growList(list: JsonValue[], pieces: JsonArray): JsonArray {
  for (const piece of pieces) {
    const at = placeIn(list, piece)
    const entry = list[at]
    if (isJsonObject(entry) && isJsonObject(piece)) list[at] = grown(entry, piece)
    else list.push(piece)
  }
  return list
}

/** Of the entry that a piece goes on with; -1 where it begins one. */
function placeIn(list: JsonArray, piece: JsonValue): number {
  const last = list.length - 1
  for (let at = last; at >= 0 && at > last - GROWING_AT_ONCE; at--) {
    const entry = list[at]
    if (entry !== undefined && goesOn(entry, piece, at === last)) return at
  }
  return -1
}

/** Whether a piece is of an entry: by the index it names, else of the last one as long as that may grow. */
function goesOn(entry: JsonValue, piece: JsonValue, isLast: boolean): boolean {
  if (!isJsonObject(entry) || !isJsonObject(piece) || entry.type !== piece.type) return false
  const isOther = entry.id && piece.id && entry.id !== piece.id
  if (isOther) return false
  if (piece.index !== undefined) return entry.index === piece.index
  return isLast && !CLOSING.some((name) => !isBlank(entry[name]))
}

function isThought(part: JsonValue): boolean {
  return isJsonObject(part) && (PART_TYPES.includes(part.type) || part.thought === true)
}

/** Says nothing, and is what clients send back of what they do not know. */
function isBlank(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || value === '' || value === false) return true
  if (Array.isArray(value)) return value.length === 0
  return isJsonObject(value) && Object.keys(value).length === 0
}

/** A reply whose server wants these items or blocks back, before what was said with them, and nothing else. */
export function withItems(reply: ModelReply, items: readonly JsonObject[]): ModelReply {
  const choices = reply.choices.map(({ carried: _read, ...choice }) =>
    items.length > 0
      ? { ...choice, carried: new Opaque<ProviderState>({ fields: {}, calls: {}, items }) }
      : choice,
  )
  return { ...reply, choices }
}

/** Those of a turn, for the server that wrote them. */
export function itemsToPutBack({ carried }: Turn): readonly JsonObject[] {
  return carried ? reveal(carried).items.filter(isJsonObject) : []
}

/** A turn's message with what its provider wants back. What the client sent of it itself stays as it is. */
export function putBack(message: JsonObject, { carried, toolCalls = [] }: Turn): JsonObject {
  if (!carried) return message
  const { fields, calls, items } = reveal(carried)
  const states = toolCalls.filter(({ kind }) => kind !== 'legacy').map(({ id }) => calls[id] ?? {})
  const entries = listField(message.tool_calls)
  const legacy = message.function_call
  return {
    ...unlessSent(message, fields),
    ...(items.length > 0 && { content: contentBehind(items, message.content) }),
    ...(entries.length > 0 && {
      tool_calls: entries.map((entry, at) =>
        isJsonObject(entry) ? unlessSent(entry, states[at] ?? {}) : entry,
      ),
    }),
    ...(isJsonObject(legacy) && { function_call: unlessSent(legacy, calls[''] ?? {}) }),
  }
}

function unlessSent(object: JsonObject, state: JsonObject): JsonObject {
  const next: Record<string, JsonValue> = { ...object }
  for (const [name, value] of Object.entries(state)) {
    const sent = object[name]
    if (isBlank(sent)) next[name] = value
    else if (isJsonObject(sent) && isJsonObject(value)) next[name] = unlessSent(sent, value)
  }
  return next
}

function contentBehind(items: JsonArray, content: JsonValue | undefined): JsonArray {
  if (Array.isArray(content)) return [...items, ...(content as JsonArray)]
  return typeof content === 'string' && content !== ''
    ? [...items, { type: 'text', text: content }]
    : items
}
