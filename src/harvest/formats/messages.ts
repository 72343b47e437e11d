/**
 * Messages in the one shape that chat templates take: text, tool calls with their arguments as objects, names. Pure.
 * Parts that are all text become one text; what no text can say (media, custom tools) is refused, never left out.
 */
import {
  canonicalJson,
  isJsonObject,
  type JsonArray,
  type JsonObject,
  type JsonValue,
} from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import type { Example, ExampleCompletion } from '../example.ts'
import type { FormatOptions, RowFault } from './format.ts'
import { readArguments } from './tool-arguments.ts'

/** The client's conversation; null where it is not all text. */
export function textMessages(messages: JsonArray): readonly JsonObject[] | null {
  const read = messages.map(textMessage)
  return read.every((message) => message !== null) ? read : null
}

export type Shown = Pick<FormatOptions, 'thinkTags'> & { readonly reasoning: boolean }

/** An answer as the message that a trainer reads; null where it is not all text. */
export function completionMessage(
  { message, reasoning }: ExampleCompletion,
  { thinkTags, reasoning: isShown }: Shown,
): JsonObject | null {
  const read = textMessage(message)
  if (!read || !isShown || reasoning === null) return read
  // The lines on which its tags stood are none of it.
  const thought = reasoning.trim()
  if (!thinkTags) return { ...read, reasoning_content: thought }
  const { content } = read
  return { ...read, content: `<think>\n${thought}\n</think>\n\n${content}` }
}

/** True for two answers that differ in white space at most, or in the ids that a server gave to their calls. */
export function saysTheSame(one: JsonObject, other: JsonObject): boolean {
  return sayingOf(one) === sayingOf(other)
}

function sayingOf({
  content,
  reasoning_content: reasoning,
  tool_calls: calls,
}: JsonObject): string {
  const named = Array.isArray(calls)
    ? calls.map((call) => (isJsonObject(call) ? call.function : null))
    : []
  return canonicalJson([...[content, reasoning].map(plainText), named] as JsonArray)
}

function plainText(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value.replace(/\s+/g, ' ').trim() : ''
}

export type TextExample = {
  readonly prompt: readonly JsonObject[]
  readonly completion: JsonObject
}

/** Prompt and chosen answer, both as text. */
export function textExample(example: Example, shown: Shown): Result<TextExample, RowFault> {
  const prompt = textMessages(example.prompt)
  if (!prompt) return fail('prompt_not_text')
  const completion = completionMessage(example.chosen, shown)
  return completion ? succeed({ prompt, completion }) : fail('answer_not_text')
}

/** What every row tells of itself; empty where there is none, because loaders take a first piece of nulls for the type. */
export function originFields({ transcript, choice, section, decision }: Example): JsonObject {
  return { id: `${transcript.id}#${choice}`, section: section ?? '', decision: decision ?? '' }
}

/** As JSON text, `[]` where there are none: definitions of tools have no common shape. */
export function toolsField({ tools }: Example): string {
  return JSON.stringify(tools ?? [])
}

type TextMessage = JsonObject & { readonly role: string; readonly content: string }

/** As templates know them: most pass over a `developer` without a word, whose instructions are the system's. */
const ROLES: ReadonlyMap<string, string> = new Map([
  ['developer', 'system'],
  ['system', 'system'],
  ['user', 'user'],
  ['assistant', 'assistant'],
  ['tool', 'tool'],
])

function textMessage(message: JsonValue): TextMessage | null {
  if (!isJsonObject(message) || typeof message.role !== 'string') return null
  const role = ROLES.get(message.role)
  const { refusal, name, tool_call_id: answers } = message
  if (role === undefined) return null
  if (message.function_call !== undefined && message.function_call !== null) return null
  if (message.audio !== undefined && message.audio !== null) return null
  const content = textOf(message.content ?? null)
  const calls = callsOf(message.tool_calls ?? null)
  if (content === null || calls === null) return null
  return {
    role,
    // Templates read the content alone, and a refusal is what was said.
    content: content === '' && typeof refusal === 'string' ? refusal : content,
    ...(typeof name === 'string' && { name }),
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(typeof answers === 'string' && { tool_call_id: answers }),
  }
}

/** Empty where there is no content, null where it is not all text. */
function textOf(content: JsonValue): string | null {
  if (typeof content === 'string') return content
  if (content === null) return ''
  if (!Array.isArray(content)) return null
  const texts = (content as JsonArray).map((part) => {
    const text = isJsonObject(part) ? (part.text ?? part.refusal) : null
    return typeof text === 'string' ? text : null
  })
  return texts.every((text) => text !== null) ? texts.join('') : null
}

function callsOf(calls: JsonValue): readonly JsonObject[] | null {
  if (calls === null) return []
  if (!Array.isArray(calls)) return null
  const read = (calls as JsonArray).map((call) => {
    const named = isJsonObject(call) ? call.function : null
    if (!isJsonObject(call) || !isJsonObject(named ?? null)) return null
    const { id = '' } = call
    const { name, arguments: text } = named as JsonObject
    if (typeof name !== 'string' || typeof text !== 'string') return null
    return {
      id: typeof id === 'string' ? id : '',
      type: 'function',
      function: { name, arguments: readArguments(text) ?? text },
    }
  })
  return read.every((call) => call !== null) ? read : null
}
