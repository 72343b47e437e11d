/** The visible answer as plain text, for the checks, the estimate of tokens and the selection over a draft. Pure. */

import type { Answer, OutputPart } from '../conversation/outcome.ts'
import { stringsOf } from '../lib/exact-json.ts'
import { isJsonObject, type JsonArray, type JsonValue } from '../lib/json.ts'

/** Every text a client could read in the answer: JSON, of arguments too, both as written and decoded; ids of calls. */
export function answerTexts({ parts }: Answer): readonly string[] {
  const texts = parts.flatMap((part) => [...partTexts(part), ...unescapedTexts(part)])
  return texts.filter((text) => text !== '')
}

/** Texts that are no answer's own, in the form of one, for who looks through answers: none of them is prose. */
export function answerOf(texts: readonly string[]): Answer {
  const part = { kind: 'opaque', name: 'annotations', value: [...texts] } as const
  return { parts: [part], finishReason: 'stop', logprobs: null }
}

/** The answer as one text. */
export function answerText(answer: Answer): string {
  return answer.parts.flatMap((part) => partTexts(part).slice(0, 1)).join('\n')
}

/** False for a picture, and for a sound whose words did not come with it: no one can tell what they say. */
export function isReadable(answer: Answer): boolean {
  return answer.parts.every((part) => {
    if (part.kind !== 'opaque' || part.name === 'annotations') return true
    return part.name === 'audio' && partTexts(part).some((text) => text.trim() !== '')
  })
}

/** Every text of one part; the first of them is what it says. */
export function partTexts(part: OutputPart): readonly string[] {
  switch (part.kind) {
    case 'text':
    case 'refusal':
      return [part.text, decode(part.text)]
    case 'tool_call': {
      const { id, name, arguments: text } = part.call
      return [`${name} ${text}`, decode(text), id]
    }
    case 'opaque':
      // The sound itself is megabytes of base64; what it says stands in its transcript.
      if (part.name === 'audio') {
        return isJsonObject(part.value) ? strings(part.value.transcript ?? null) : []
      }
      return [strings(part.value).join('\n')]
  }
}

/** Escapes can spell what the written text does not show; of members of one name another reader may show each. */
function decode(text: string): string {
  return isJson(text) ? [...stringsOf(text)].join('\n') : ''
}

/** What holds text begins so; prose, which the parser would refuse at more cost than reading takes, does not. */
const HOLDS_TEXT = /^\s*[{["]/

/** As others would tell, who have no bound on depth and no forbidden names; a number and a word of JSON have nothing to decode. */
function isJson(text: string): boolean {
  if (!HOLDS_TEXT.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const ESCAPE = /\\(?:u([\da-fA-F]{4})|([bfnrt])|(["\\/]))/g

/** A part that is JSON in part (cut by the limit, in a fence, line by line) with its escapes undone; none where nothing is escaped. */
export function unescapedTexts(part: OutputPart): readonly string[] {
  if (part.kind === 'opaque') return []
  const text = part.kind === 'tool_call' ? part.call.arguments : part.text
  if (!text.includes('\\') || isJson(text)) return []
  const undo = (_: string, code?: string, blank?: string, sign?: string) =>
    code ? String.fromCharCode(Number.parseInt(code, 16)) : blank ? '\n' : (sign ?? '')
  return [text.replace(ESCAPE, undo)]
}

function strings(value: JsonValue): readonly string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return (value as JsonArray).flatMap(strings)
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([key, item]) => [key, ...strings(item)])
}
