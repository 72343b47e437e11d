/**
 * The text of a message or delta as neutral segments, from every form upstreams use. Pure.
 * Takes reasoning fields for what they are; tags within content are left to the splitter, which alone may judge them.
 */

import type { MediaKind, Segment } from '../conversation/model.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { listField, textOf } from './fields.ts'

/** The one channel of harmony that is meant for people, where a server names the channel beside the text (Groq). */
const VISIBLE_CHANNEL = 'final'

/** The types of content parts that hold what is meant for people; text of any other may be a thought. */
const VISIBLE_PARTS: readonly (JsonValue | undefined)[] = [undefined, 'text', 'output_text']

/** The types of content parts that are seen or heard instead of read. */
const MEDIA_PART = /(?:^|_)(image|audio|video|file)(?:_|$)/

export function readSegments(message: JsonObject): readonly Segment[] {
  const segments = readReasoning(message).map((text): Segment => ({ channel: 'reasoning', text }))
  const isHidden = (textOf(message.channel) ?? VISIBLE_CHANNEL) !== VISIBLE_CHANNEL
  for (const segment of readContent(message.content)) {
    segments.push(isHidden ? { channel: 'reasoning', text: segment.text } : segment)
  }
  return segments
}

/** What a message holds that is no text: pictures in a field of their own (OpenRouter) or among the content's parts. */
export function readMedia(message: JsonObject): readonly MediaKind[] {
  const kinds = listField(message.content).flatMap((part) => {
    const type = isJsonObject(part) && typeof part.type === 'string' ? part.type : ''
    return (MEDIA_PART.exec(type)?.[1] as MediaKind | undefined) ?? []
  })
  return listField(message.images).length > 0 ? ['image', ...kinds] : kinds
}

/**
 * Gateways repeat the same thought under several names, so a repeated text counts once and `reasoning_details` only
 * where no plain field came with it. Encrypted details are no text: a model that gives only those has shown no reasoning.
 */
function readReasoning(message: JsonObject): readonly string[] {
  const plain = [message.reasoning_content, message.reasoning, message.thinking].flatMap(
    (value) => textOf(value) ?? [],
  )
  if (plain.length > 0) return [...new Set(plain)]
  return listField(message.reasoning_details).flatMap((detail) =>
    isJsonObject(detail) ? (textOf(detail.text) ?? textOf(detail.summary) ?? []) : [],
  )
}

/** A string, or Mistral's list of parts, among them `thinking` parts. References are parts without text. */
function readContent(content: JsonValue | undefined): readonly Segment[] {
  const whole = textOf(content)
  if (whole !== null) return [{ channel: 'content', text: whole }]
  return listField(content).flatMap((part): readonly Segment[] => {
    if (typeof part === 'string') return part === '' ? [] : [{ channel: 'content', text: part }]
    if (!isJsonObject(part)) return []
    const isVisible = VISIBLE_PARTS.includes(part.type) && part.thought !== true
    if (!isVisible) return readThinking(part)
    const text = textOf(part.text)
    return text === null ? [] : [{ channel: 'content', text }]
  })
}

function readThinking(part: JsonObject): readonly Segment[] {
  const inner = part.thinking ?? part.reasoning ?? part.text
  const texts = Array.isArray(inner)
    ? inner.flatMap((item: JsonValue) =>
        isJsonObject(item) ? (textOf(item.text) ?? []) : (textOf(item) ?? []),
      )
    : [inner].flatMap((item) => textOf(item) ?? [])
  return texts.map((text) => ({ channel: 'reasoning', text }))
}
