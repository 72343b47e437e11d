/**
 * What a server tells of its models, in the shape of chat's contract or of Messages'. Pure.
 * What has the shape already goes on as it is; what nobody told is null.
 */
import {
  isJsonObject,
  type JsonArray,
  type JsonObject,
  type JsonValue,
  numberOf,
} from '../lib/json.ts'

export type ListShape = 'chat' | 'messages'

/** A part of a list, as Messages' clients ask for it: so many, behind one or before one. */
export type ListPage = {
  readonly limit: number | null
  readonly afterId: string | null
  readonly beforeId: string | null
}

/** A list, or one model, in a shape; null where it has that shape, or is neither. */
export function shapeModels(told: JsonValue, shape: ListShape, page: ListPage): JsonObject | null {
  if (!isJsonObject(told)) return null
  if (!Array.isArray(told.data)) return shapeModel(told, shape)
  const models = (told.data as JsonArray).filter(isJsonObject)
  if (shape === 'messages') return listOfMessages(models.map(asInMessages), page)
  if (!models.some(isOfMessages)) return null
  return { object: 'list', data: models.map(asInChat) }
}

function shapeModel(model: JsonObject, shape: ListShape): JsonObject | null {
  if (typeof model.id !== 'string' || isOfMessages(model) === (shape === 'messages')) return null
  return shape === 'messages' ? asInMessages(model) : asInChat(model)
}

const isOfMessages = ({ type }: JsonObject): boolean => type === 'model'

function listOfMessages(
  models: readonly JsonObject[],
  { limit, afterId, beforeId }: ListPage,
): JsonObject {
  const after = models.findIndex(({ id }) => id === afterId)
  const before = models.findIndex(({ id }) => id === beforeId)
  const all = models.slice(after + 1, before < 0 ? undefined : before)
  const most = limit ?? all.length
  const data = before < 0 ? all.slice(0, most) : all.slice(-most)
  const last = data.at(-1)
  return {
    data,
    has_more: data.length < all.length,
    first_id: data[0]?.id ?? null,
    last_id: last?.id ?? null,
  }
}

function asInMessages(model: JsonObject): JsonObject {
  if (isOfMessages(model)) return model
  const { id = null, name, created, context_length: context, max_model_len: longest } = model
  return {
    type: 'model',
    id,
    display_name: typeof name === 'string' ? name : id,
    created_at: dateOf(numberOf(created)),
    capabilities: null,
    deprecated_at: null,
    lifecycle: 'active',
    line: null,
    max_input_tokens: numberOf(context) ?? numberOf(longest),
    max_tokens: null,
    retires_at: null,
  }
}

/** Seconds since the epoch, at which it is where nobody knows: the contract has no other word for that. */
function dateOf(seconds: number | null): string {
  const date = new Date((seconds ?? 0) * 1_000)
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString()
}

function asInChat(model: JsonObject): JsonObject {
  if (!isOfMessages(model)) return model
  const { id = null, created_at: date } = model
  const time = typeof date === 'string' ? Date.parse(date) : Number.NaN
  const created = Number.isNaN(time) ? 0 : Math.floor(time / 1_000)
  return { id, object: 'model', created, owned_by: 'upstream' }
}
