/**
 * Opens the logprobs of a choice as far as they cover the released text, and no further: tokens of hidden text are hidden text.
 * Pure; each token is looked at once. One of the few files that open sealed output; where coverage is in doubt, the client
 * gets none. What covers is told by bytes: a token may be a part of a character, and is then written in another form.
 */
import { isJsonObject, type JsonArray, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { type Opaque, reveal } from '../../lib/opaque.ts'

/** The released texts of one answer; empty where it has none of the kind. */
export type ReleasedTexts = { readonly content: string; readonly refusal: string }

/** Tokens that end a turn or open a channel: they steer, and are no text. */
const CONTROL = /^(?:<[|｜][^<>\s]{1,40}[|｜]>|<\/?s>|<(?:eos|end_of_turn|start_of_turn)>|\[EOS\])$/

/** Ways to write the bytes of a part of a character. */
const PART = /^(?:bytes:)?(?:\\x[\da-f]{2})+$|^\ufffd+$/i

/** The logprobs whose tokens spell exactly the released texts, with what came before them cut off; null where they do not. */
export function coveringLogprobs(sealed: Opaque<JsonValue>, texts: ReleasedTexts): JsonValue {
  const logprobs = reveal(sealed)
  if (!isJsonObject(logprobs)) return null
  const content = tail(logprobs.content, texts.content)
  const refusal = tail(logprobs.refusal, texts.refusal)
  return content === null && refusal === null ? null : { content, refusal }
}

function tail(tokens: JsonValue | undefined, text: string): JsonArray | null {
  if (!Array.isArray(tokens) || text === '') return null
  const list: readonly JsonValue[] = tokens
  const target = new TextEncoder().encode(text)
  let at = target.length
  let end = list.length
  for (let index = list.length - 1; index >= 0; index--) {
    const token = list[index]
    if (!isJsonObject(token)) return null
    const bytes = bytesOf(token)
    if (bytes === null) return null
    const spells = endsWith(target.subarray(0, at), bytes)
    if (at === target.length && isSilent(token) && (!spells || bytes.length === 0)) end = index
    else if (spells) at -= bytes.length
    else return null
    if (at === 0) return list.slice(index, end).map(bare)
  }
  return null
}

function endsWith(text: Uint8Array, bytes: Uint8Array): boolean {
  const start = text.length - bytes.length
  return start >= 0 && bytes.every((byte, at) => byte === text[start + at])
}

/** The end of a turn, or white space that a server took off the text. */
function isSilent({ token }: JsonObject): boolean {
  return typeof token === 'string' && (CONTROL.test(token) || token.trim() === '')
}

function bytesOf({ token, bytes }: JsonObject): Uint8Array | null {
  if (Array.isArray(bytes)) return bytes.every(isByte) ? Uint8Array.from(bytes) : null
  return typeof token === 'string' ? new TextEncoder().encode(token) : null
}

function isByte(value: JsonValue): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255
}

/** Only the fields of the contract: an unknown one of a provider may hold more than the token. */
function bare(token: JsonValue): JsonObject {
  const { logprob, top_logprobs: top } = token as JsonObject
  const others = Array.isArray(top) ? top.filter(isJsonObject) : []
  return {
    ...spelt(token as JsonObject),
    logprob: logprob ?? 0,
    top_logprobs: others
      .filter((other) => typeof other.token === 'string' && !CONTROL.test(other.token))
      .map((other) => ({ ...spelt(other), logprob: other.logprob ?? 0 })),
  }
}

/** A token by its bytes, where it has any: as the text they spell, or as a part of a character. */
function spelt({ token, bytes }: JsonObject): JsonObject {
  const own = typeof token === 'string' ? token : ''
  const octets = Array.isArray(bytes) ? bytesOf({ bytes }) : null
  if (octets === null) return { token: own, bytes: null }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets)
    return { token: text, bytes: [...octets] }
  } catch {
    return { token: PART.test(own) ? own : octetsText(octets), bytes: [...octets] }
  }
}

/** As the contract writes what is no text: `bytes:\xf0\x9f`. */
function octetsText(octets: Uint8Array): string {
  const written = [...octets].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`)
  return `bytes:${written.join('')}`
}
