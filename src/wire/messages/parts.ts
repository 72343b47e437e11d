/**
 * Content blocks of the Messages contract as parts of a turn, and what of them has no form in chat as it was sent. Pure.
 * What is text is a text, so that whoever reads the conversation reads it; nothing may be dropped here.
 */
import type { Part } from '../../conversation/turn.ts'
import { isJsonObject, type JsonArray, type JsonObject, type JsonValue } from '../../lib/json.ts'

/** Content as a string where it is one text and no more: the form that every model server takes. */
export function contentOf(content: string | readonly JsonObject[]): string | readonly Part[] {
  if (typeof content === 'string') return content
  const parts = content.flatMap(partsOf)
  const [only] = parts
  return parts.length === 1 && only?.kind === 'text' && !only.extra ? only.text : parts
}

/** The objects of a list: what else stands in one has been refused. */
export function blocksIn(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as JsonArray).filter(isJsonObject) : []
}

/** A text that was checked to be one. */
export const wordOf = (value: JsonValue | undefined): string =>
  typeof value === 'string' ? value : ''

/** The members that are set: this contract's libraries send null for every field that they know. */
export function setMembers(object: JsonObject): JsonObject {
  // Long conversations pass through here, and hardly any holds one.
  if (!Object.values(object).includes(null)) return object
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null))
}

function partsOf(block: JsonObject): readonly Part[] {
  switch (block.type) {
    case 'text':
      return [textPart(block.text, block, ['type', 'text'])]
    case 'image':
      return [imagePart(block)]
    case 'document':
      return documentParts(block)
    case 'search_result':
      return searchResultParts(block)
    default:
      return [{ kind: 'opaque', wire: block }]
  }
}

/** A text with those of the members that are not written into it. */
function textPart(
  text: JsonValue | undefined,
  members: JsonObject,
  written: readonly string[],
): Part {
  const set = setMembers(members)
  const rest = Object.keys(set).filter((name) => !written.includes(name))
  const part = { kind: 'text', text: wordOf(text) } as const
  if (rest.length === 0) return part
  return { ...part, extra: Object.fromEntries(rest.map((name) => [name, set[name] ?? null])) }
}

function imagePart(block: JsonObject): Part {
  const { type: _, source, ...rest } = setMembers(block)
  const url = isJsonObject(source) ? addressOf(source) : null
  const wire = url === null ? block : { type: 'image_url', image_url: { url }, ...rest }
  return { kind: 'media', media: 'image', wire }
}

/** As an address, bytes in one as well; null for a file that only its server knows. */
function addressOf({ type, url, media_type: mediaType, data }: JsonObject): string | null {
  if (type === 'base64') return `data:${wordOf(mediaType)};base64,${wordOf(data)}`
  return type === 'url' && typeof url === 'string' ? url : null
}

/** What a text is headed by: its members of these names, a line each. */
function headed(members: JsonObject, names: readonly string[], text: string): string {
  const head = names.flatMap((name) => {
    const value = members[name]
    return typeof value === 'string' && value !== '' ? [value] : []
  })
  return [...head, ...(head.length > 0 ? [''] : []), text].join('\n')
}

function documentParts(block: JsonObject): readonly Part[] {
  const { type: _, source, ...members } = setMembers(block)
  const read = isJsonObject(source) ? source : {}
  const head = ['title', 'context']
  const text = read.type === 'text' ? read.data : read.type === 'content' ? read.content : undefined
  if (typeof text === 'string') {
    return [textPart(headed(members, head, text), members, [...head, 'citations'])]
  }
  if (read.type === 'content') {
    const heading = textPart(headed(members, head, '').trimEnd(), members, [...head, 'citations'])
    const inner = blocksIn(read.content).flatMap(partsOf)
    return heading.kind === 'text' && heading.text === '' && !heading.extra
      ? inner
      : [heading, ...inner]
  }
  const { title, ...rest } = members
  return [
    { kind: 'media', media: 'file', wire: { type: 'file', file: fileOf(read, title), ...rest } },
  ]
}

function fileOf(source: JsonObject, title: JsonValue | undefined): JsonObject {
  const named = typeof title === 'string' ? { filename: title } : {}
  if (source.type === 'file') return { file_id: source.file_id ?? null, ...named }
  if (source.type === 'url') return { file_url: source.url ?? null, ...named }
  // Servers want a name with the bytes.
  return { filename: 'document.pdf', ...named, file_data: addressOf(source) }
}

function searchResultParts(block: JsonObject): readonly Part[] {
  const { type: _, content, ...members } = setMembers(block)
  const head = ['title', 'source']
  const text = blocksIn(content)
    .map((part) => part.text)
    .filter((part) => typeof part === 'string')
    .join('\n')
  return [textPart(headed(members, head, text), members, [...head, 'citations'])]
}
