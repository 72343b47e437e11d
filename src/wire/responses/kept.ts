/**
 * What is kept of a response for whoever names it later: the object as it was released, the items that it answered, and which
 * responses stood before it. Pure. Nothing is kept here that the client has not sent or been sent.
 */
import { isJsonObject, type JsonArray, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { itemType } from './items.ts'
import { prefixOf } from './output-items.ts'

export type KeptResponse = {
  readonly object: JsonObject
  /** Its own input, each item with an id. */
  readonly input: readonly JsonObject[]
  /** Ids of the responses before it, the first of the conversation first. */
  readonly chain: readonly string[]
  /** Of the conversation up to here, in characters of JSON. */
  readonly length: number
}

/** What was kept; null for anything else, as another version may have written it. */
export function readKept(content: JsonValue): KeptResponse | null {
  if (!isJsonObject(content)) return null
  const { object, input, chain, length } = content
  const isWhole = isJsonObject(object) && Array.isArray(input) && Array.isArray(chain)
  if (!isWhole || typeof length !== 'number') return null
  return {
    object,
    input: input as readonly JsonObject[],
    chain: chain as readonly string[],
    length,
  }
}

/** What was said in one turn: what was asked, then what was answered. */
export function itemsOf({ object, input }: KeptResponse): readonly JsonObject[] {
  const { output } = object
  return [...input, ...(Array.isArray(output) ? (output as readonly JsonObject[]) : [])]
}

/** `name`: the 24 hex digits of the response, out of which each item that has no id gets one. */
export function namedInput(input: readonly JsonObject[], name: string): readonly JsonObject[] {
  return input.map((item, index) => {
    const type = itemType(item) ?? 'message'
    const id = `${prefixOf(type)}_${name}i${index.toString(16).padStart(4, '0')}`
    return { ...item, type, id: typeof item.id === 'string' && item.id !== '' ? item.id : id }
  })
}

export type NamedResponses = {
  readonly previous: string | null
  /** Ids of items that the input refers to. */
  readonly items: readonly string[]
}

/** What a body names of what may be kept; well-formed or not. */
export function namedIn({ previous_response_id: previous, input }: JsonObject): NamedResponses {
  const items = Array.isArray(input) ? (input as JsonArray).filter(isJsonObject) : []
  return {
    previous: typeof previous === 'string' && previous !== '' ? previous : null,
    items: items.flatMap((item) =>
      itemType(item) === 'item_reference' && typeof item.id === 'string' ? [item.id] : [],
    ),
  }
}

const ITEM_ID = /^[a-z]{1,8}_([0-9a-f]{24})i?[0-9a-f]{4}$/

/** The id of the response that an item is of, by its own; null for an id that no gateway has made. */
export function responseOfItem(id: string): string | null {
  const [, name] = ITEM_ID.exec(id) ?? []
  return name === undefined ? null : `resp_${name}`
}

/** References become what they refer to, where that is known. */
export function withReferred(
  input: readonly JsonObject[],
  referred: ReadonlyMap<string, JsonObject>,
): readonly JsonObject[] {
  return input.map((item) => {
    const isReference = itemType(item) === 'item_reference' && typeof item.id === 'string'
    return (isReference && referred.get(item.id as string)) || item
  })
}

/** An item of an input as the contract lists it: with all that it wants, and text as a part. */
export function listedItem(item: JsonObject): JsonObject {
  const { type, role, content } = item
  if (type === 'reasoning') return { summary: [], ...item }
  if (type !== 'message') return { ...item, status: item.status ?? 'completed' }
  const isSaid = role === 'assistant'
  const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : content
  const listed = Array.isArray(parts) ? parts.map((part) => listedPart(part, isSaid)) : []
  return { ...item, status: item.status ?? 'completed', content: listed }
}

function listedPart(part: JsonValue, isSaid: boolean): JsonValue {
  if (!isJsonObject(part)) return part
  if (part.type === 'input_image') return { detail: 'auto', ...part }
  if (part.type !== 'text') return part
  return isSaid
    ? { ...part, type: 'output_text', annotations: [], logprobs: [] }
    : { ...part, type: 'input_text' }
}
