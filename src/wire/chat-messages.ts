/**
 * What a message of a chat request must be: roles, content, parts, tool calls. Pure.
 * Strict about what the contract names, silent about fields and part types it does not: those are forwarded.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { ROLES } from './chat-turns.ts'
import {
  type FieldCheck,
  type Flaw,
  fieldFlaw,
  flaw,
  isFilledText,
  isObject,
  isText,
  listOf,
  objectWith,
  oneOf,
  textOr,
} from './checks.ts'

const PARTS: Readonly<Record<string, FieldCheck>> = {
  text: objectWith({ text: isText }),
  refusal: objectWith({ refusal: isText }),
  // Some providers' clients send the address alone.
  image_url: objectWith({ image_url: textOr(isText, objectWith({ url: isText })) }),
  input_audio: objectWith({ input_audio: objectWith({ data: isText, format: isText }) }),
  file: objectWith({ file: isObject }),
}

const checkPart: FieldCheck = (value) => {
  if (!isJsonObject(value)) return flaw(value, 'a content part, an object with a type')
  if (typeof value.type !== 'string') {
    return fieldFlaw(value, 'type', `a string such as 'text' or 'image_url'`)
  }
  return Object.hasOwn(PARTS, value.type) ? (PARTS[value.type]?.(value) ?? null) : null
}

// The document wants one part at least; models are in use that take none, so an empty list is left to the upstream.
const isContent = textOr(isText, listOf(checkPart))

const CALLS: Readonly<Record<string, FieldCheck>> = {
  function: objectWith({ function: objectWith({ name: isText, arguments: isText }) }),
  custom: objectWith({ custom: objectWith({ name: isText, input: isText }) }),
}

const isKnownCall = objectWith({ id: isText, type: oneOf(Object.keys(CALLS)) })

const isToolCall: FieldCheck = (value) =>
  isKnownCall(value) ??
  (isJsonObject(value) && typeof value.type === 'string'
    ? (CALLS[value.type]?.(value) ?? null)
    : null)

const hasKnownRole = objectWith({ role: oneOf(ROLES) })

const hasKnownFields = objectWith(
  {},
  {
    name: isText,
    refusal: isText,
    content: isContent,
    tool_calls: listOf(isToolCall),
    function_call: objectWith({ name: isText, arguments: isText }),
    tool_call_id: isText,
    audio: objectWith({ id: isText }),
  },
)

const isToolResult = objectWith({ tool_call_id: isFilledText })
const isFunctionResult = objectWith({ name: isFilledText })

/** Checks one message. */
export const checkMessage: FieldCheck = (value) => {
  const found = hasKnownRole(value) ?? hasKnownFields(value)
  if (found || !isJsonObject(value)) return found
  if (value.role === 'tool') return checkContent(value) ?? isToolResult(value)
  if (value.role === 'function') return isFunctionResult(value)
  return value.role === 'assistant' ? checkAnswer(value) : checkContent(value)
}

function checkContent(message: JsonObject): Flaw | null {
  return isSet(message.content)
    ? null
    : fieldFlaw(message, 'content', 'a string or a list of content parts')
}

/** An assistant's message may lack content where something else stands for it. */
function checkAnswer(message: JsonObject): Flaw | null {
  const spoken = ['content', 'refusal', 'audio', 'tool_calls', 'function_call']
  return spoken.some((name) => isSet(message[name]))
    ? null
    : fieldFlaw(
        message,
        'content',
        'a string or a list of content parts, unless there are tool calls',
      )
}

function isSet(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null
}
