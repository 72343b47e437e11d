/**
 * A released answer as it will be sent, and every text that a client can read out of just that: what is sent is what is checked.
 * Pure. The texts come of the bytes themselves, not of what they were made from; what cannot be read again is not sent.
 */
import type { Released } from '../conversation/outcome.ts'
import { encodeDone, encodeEvent } from '../http/event-stream.ts'
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../lib/json.ts'
import type { AnswerFrame, Asked, KeptAnswer, WrittenForm } from '../wire/door.ts'
import type { Exchange } from './exchange.ts'
import { passedHeaders } from './passed-headers.ts'

/** What a response needs besides its outcome. */
export type Reply = {
  readonly exchange: Exchange
  readonly asked: Asked
  /** 24 hex digits that name the answer. */
  readonly id: string
  /** By choice, for the client to carry. */
  readonly sealed?: AnswerFrame['sealed']
}

export type WrittenAnswer = {
  readonly outcome: Released['kind']
  /** One JSON object, or all events of a stream. */
  readonly body: string
  /** Of the upstream, by allow-list. */
  readonly headers: Readonly<Record<string, string>>
  /** What is to be kept of it, where anything is. */
  readonly kept?: KeptAnswer
}

/** `totalMs`: how long the answer took. */
export function writeAnswer(
  { asked, id, exchange: { time }, sealed }: Reply,
  released: Released,
  totalMs: number,
): WrittenAnswer {
  const [created, completed] = [secondsOf(time), secondsOf(time + totalMs)]
  const frame = { id, created, completed, ...(sealed && { sealed }) }
  const body = encode(asked.write(released, frame))
  const kept = asked.keep?.(released, frame)
  const headers = passedHeaders(released.headers)
  return { outcome: released.kind, body, headers, ...(kept && { kept }) }
}

function secondsOf(time: number): number {
  return Math.floor(time / 1000)
}

function encode(written: WrittenForm): string {
  if (written.kind === 'object') return JSON.stringify(written.object)
  let events = ''
  for (const event of written.events) events += encodeEvent(event)
  return written.saysDone ? events + encodeDone() : events
}

/** An event as it is encoded: its name, where it has one, and its data. */
const EVENT = /^(?:event: (.*)\n)?data: (.*)$/
const END = encodeDone().trim()

const INPUT = /\.input(?:\.|\[|$)/

/**
 * Every text of what will be sent, as a client puts it together; null where it could not. What only repeats the request is
 * none of them: whoever asked knows it. It is left out as the bytes that it is, for a stream says it several times.
 */
export function textsOf(
  { body, headers }: WrittenAnswer,
  repeated: JsonObject = {},
): readonly string[] | null {
  const texts = new Map<string, string>()
  const told = withoutRepeated(body, repeated)
  const isObject = told.startsWith('{')
  for (const piece of isObject ? [told] : told.split('\n\n')) {
    if (!isObject && (piece === '' || piece === END)) continue
    const [, name = '', data = ''] = isObject ? ['', '', told] : (EVENT.exec(piece) ?? [])
    const parsed = parseJson(data)
    if (!parsed.ok) return null
    gather(parsed.value, placeOf(name, parsed.value), texts)
  }
  // Some contracts say a text in pieces, and then whole again and again.
  return [...new Set([...texts.values(), ...Object.values(headers)])]
}

/** No text can pass for what is repeated: within one, its quotes are escaped. */
function withoutRepeated(body: string, repeated: JsonObject): string {
  const members = JSON.stringify(repeated).slice(1, -1)
  return members === '' ? body : body.replaceAll(members, '"repeated":true')
}

/** Which of several texts that grow side by side an event goes on with. */
function placeOf(name: string, data: JsonValue): string {
  if (name === '' || !isJsonObject(data)) return ''
  const { output_index: output, content_index: part, index } = data
  return JSON.stringify([name, output ?? index ?? null, part ?? null])
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
      // All names are the contract's but those in the input of a tool, which are the model's.
      if (INPUT.test(path)) gather(name, `${path}:${name}`, texts)
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
