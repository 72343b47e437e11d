/** The words of an example's messages, as the stages read them. Pure; nothing is changed. */
import type { JsonArray, JsonObject, JsonValue } from '../../lib/json.ts'
import { isJsonObject } from '../../lib/json.ts'
import type { Example } from '../example.ts'

/** The words of each message of the prompt that has one of the roles; of all without. */
export function promptTexts(
  prompt: JsonArray,
  hasRole: (role: string) => boolean = () => true,
): readonly string[] {
  return prompt.filter(isJsonObject).flatMap((message) => {
    const { role } = message
    return typeof role === 'string' && hasRole(role) ? [messageText(message)] : []
  })
}

/** What a message says, with the arguments of its tool calls, as one text. */
export function messageText(message: JsonObject): string {
  const { content, refusal, tool_calls: calls, function_call: legacy } = message
  return [
    ...contentTexts(content),
    ...contentTexts(refusal),
    ...(Array.isArray(calls) ? calls.flatMap(callTexts) : []),
    ...callTexts({ function: legacy ?? null }),
  ].join('\n')
}

/** What the chosen answer says to a reader: words and refusal, without tool calls. */
export function answerWords({ chosen }: Example): string {
  const { content, refusal } = chosen.message
  return [...contentTexts(content), ...contentTexts(refusal)].join('\n')
}

/** True where the chosen answer calls a tool. */
export function callsTool({ chosen }: Example): boolean {
  const { tool_calls: calls, function_call: legacy } = chosen.message
  return (Array.isArray(calls) && calls.length > 0) || isJsonObject(legacy)
}

function contentTexts(content: JsonValue | undefined): readonly string[] {
  if (typeof content === 'string') return content === '' ? [] : [content]
  if (!Array.isArray(content)) return []
  return (content as JsonArray).flatMap((part) => {
    if (!isJsonObject(part)) return []
    const text = part.text ?? part.refusal
    return typeof text === 'string' && text !== '' ? [text] : []
  })
}

function callTexts(call: JsonValue): readonly string[] {
  if (!isJsonObject(call)) return []
  const { function: named, custom } = call
  const texts = [
    isJsonObject(named) ? named.arguments : null,
    isJsonObject(custom) ? custom.input : null,
  ]
  return texts.filter((text) => typeof text === 'string')
}
