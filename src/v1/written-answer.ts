/**
 * A released answer as it will be sent, and every text that a client can read out of just that: what is sent is what is checked.
 * Pure. The texts come of the bytes themselves, not of what they were made from; what cannot be read again is not sent.
 */
import type { Released } from '../conversation/outcome.ts'
import { encodeData, encodeDone } from '../http/event-stream.ts'
import { isJsonObject, type JsonValue, parseJson } from '../lib/json.ts'
import { chatChunks } from '../wire/chat-chunks.ts'
import { type CompletionFrame, chatCompletion } from '../wire/chat-completion.ts'
import type { ChatRequest } from '../wire/chat-request.ts'
import type { Exchange } from './exchange.ts'
import { passedHeaders } from './passed-headers.ts'

/** What a response needs besides its outcome. */
export type Reply = {
  readonly exchange: Exchange
  readonly request: ChatRequest
  /** Of the completion. */
  readonly id: string
}

export type WrittenAnswer = {
  readonly outcome: Released['kind']
  /** One JSON object, or all events of a stream. */
  readonly body: string
  /** Of the upstream, by allow-list. */
  readonly headers: Readonly<Record<string, string>>
}

export function writeAnswer(reply: Reply, released: Released): WrittenAnswer {
  const headers = passedHeaders(released.headers)
  const body = reply.request.stream
    ? writeEvents(reply, released)
    : JSON.stringify(chatCompletion(released, frameOf(reply)))
  return { outcome: released.kind, body, headers }
}

function writeEvents(reply: Reply, released: Released): string {
  const { includeUsage, obfuscate } = reply.request
  let events = ''
  for (const chunk of chatChunks(released, { ...frameOf(reply), includeUsage, obfuscate })) {
    events += encodeData(chunk)
  }
  return events + encodeDone()
}

function frameOf({ id, exchange }: Reply): CompletionFrame {
  return { id, created: Math.floor(exchange.time / 1000) }
}

const EVENT = 'data: '
const END = encodeDone().trim()

/** Every text of what will be sent, as a client puts it together; null where it could not. */
export function textsOf({ body, headers }: WrittenAnswer): readonly string[] | null {
  const texts = new Map<string, string>()
  const isStream = body.startsWith(EVENT)
  for (const piece of isStream ? body.split('\n\n') : [body]) {
    if (isStream && (piece === '' || piece === END)) continue
    const parsed = parseJson(isStream ? piece.slice(EVENT.length) : piece)
    if (!parsed.ok) return null
    gather(parsed.value, '', texts)
  }
  return [...texts.values(), ...Object.values(headers)]
}

/** What has one path is one text: pieces of a stream, the tokens of an answer, and the alternatives of one rank to them. */
function gather(value: JsonValue, path: string, texts: Map<string, string>): void {
  if (typeof value === 'string') texts.set(path, (texts.get(path) ?? '') + value)
  else if (Array.isArray(value)) {
    if (path.endsWith('.bytes')) gather(textOfBytes(value), path, texts)
    const byRank = path.endsWith('.top_logprobs')
    for (const [rank, item] of (value as readonly JsonValue[]).entries()) {
      gather(item, `${path}[${byRank ? rank : indexOf(item)}]`, texts)
    }
  } else if (isJsonObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      if (member !== undefined) gather(member, `${path}.${name}`, texts)
    }
  }
}

function indexOf(item: JsonValue): string {
  return isJsonObject(item) && typeof item.index === 'number' ? String(item.index) : ''
}

function textOfBytes(bytes: readonly JsonValue[]): string {
  const numbers = bytes.filter((byte) => typeof byte === 'number')
  return new TextDecoder().decode(Uint8Array.from(numbers))
}
