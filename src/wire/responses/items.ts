/**
 * What an input item of a Responses request must be. Pure.
 * Strict about what the contract names, silent about fields and part types it does not: those are forwarded. Whether an item
 * of another type can be taken is decided where a conversation is made of them.
 */
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import {
  type FieldCheck,
  fieldFlaw,
  flaw,
  isFilledText,
  isObject,
  isText,
  listOf,
  objectWith,
  oneOf,
  textOr,
} from '../checks.ts'

const TEXT = objectWith({ text: isText })
const hasImage = objectWith({}, { image_url: isText, file_id: isText, detail: isText })
const FILE_FIELDS = ['file_data', 'file_id', 'file_url'] as const
const hasFile = objectWith(
  {},
  { file_data: isText, file_id: isText, file_url: isText, filename: isText },
)

const PARTS: Readonly<Record<string, FieldCheck>> = {
  input_text: TEXT,
  output_text: TEXT,
  text: TEXT,
  refusal: objectWith({ refusal: isText }),
  input_image: (value) => hasImage(value) ?? hasOne(value, ['image_url', 'file_id']),
  input_file: (value) => hasFile(value) ?? hasOne(value, FILE_FIELDS),
  input_audio: objectWith({ input_audio: objectWith({ data: isText, format: isText }) }),
}

const hasOne = (value: Parameters<FieldCheck>[0], names: readonly string[]) => {
  if (!isJsonObject(value) || names.some((name) => (value[name] ?? null) !== null)) return null
  return fieldFlaw(
    value,
    names[0] ?? '',
    `a string, unless there is ${names.slice(1).join(' or ')}`,
  )
}

const checkPart: FieldCheck = (value) => {
  if (!isJsonObject(value)) return flaw(value, 'a content part, an object with a type')
  if (typeof value.type !== 'string') {
    return fieldFlaw(value, 'type', `a string such as 'input_text' or 'input_image'`)
  }
  return Object.hasOwn(PARTS, value.type) ? (PARTS[value.type]?.(value) ?? null) : null
}

const isContent = textOr(isText, listOf(checkPart))
const MESSAGE_ROLES = ['user', 'assistant', 'system', 'developer'] as const
const isOutput = objectWith({ call_id: isFilledText, output: isContent })

const ITEMS: Readonly<Record<string, FieldCheck>> = {
  message: objectWith(
    { role: oneOf(MESSAGE_ROLES), content: isContent },
    { phase: oneOf(['commentary', 'final_answer']) },
  ),
  function_call: objectWith({ call_id: isFilledText, name: isFilledText, arguments: isText }),
  function_call_output: isOutput,
  custom_tool_call: objectWith({ call_id: isFilledText, name: isFilledText, input: isText }),
  custom_tool_call_output: isOutput,
  reasoning: objectWith(
    {},
    { summary: listOf(isObject), content: listOf(isObject), encrypted_content: isText },
  ),
  item_reference: objectWith({ id: isFilledText }),
  compaction: objectWith({ encrypted_content: isFilledText }),
}

/** The type of an item, where the contract lets it be left out too; undefined for what has none. */
export function itemType(item: JsonObject): string | undefined {
  if (typeof item.type === 'string') return item.type
  if ((item.type ?? null) !== null) return undefined
  if (item.role !== undefined) return 'message'
  return typeof item.id === 'string' ? 'item_reference' : undefined
}

/** Checks one input item. */
export const checkItem: FieldCheck = (value) => {
  if (!isJsonObject(value)) return flaw(value, 'an item, an object with a type')
  const type = itemType(value)
  if (type === undefined) return fieldFlaw(value, 'type', `a string such as 'message'`)
  return Object.hasOwn(ITEMS, type) ? (ITEMS[type]?.(value) ?? null) : null
}
