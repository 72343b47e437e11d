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

/** What stands in no text must be a token at most: no vocabulary in use has one of several words. */
const ALTERNATIVE = /^\s*(?:\S{1,128}\s*)?$/

/** As many as the contract lets anybody ask for. */
const MAX_ALTERNATIVES = 20

/** Ways to write the bytes of a part of a character. */
const PART = /^(?:bytes:)?(?:\\x[\da-f]{2})+$|^\ufffd+$/i

/** The logprobs whose tokens spell exactly the released texts, with what came before them cut off; null where they do not. */
export function coveringLogprobs(sealed: Opaque<JsonValue>, texts: ReleasedTexts): JsonValue {
  const logprobs = reveal(sealed)
  if (!isJsonObject(logprobs)) return null
  const content = tail(logprobs.content, texts.content)
  const refusal = tail(logprobs.refusal, texts.refusal)
  return content?.length || refusal?.length ? { content, refusal } : null
}

function tail(tokens: JsonValue | undefined, text: string): JsonArray | null {
  if (!Array.isArray(tokens)) return null
  const list: readonly JsonValue[] = tokens
  if (text === '') return list.length === 0 ? [] : null
  const shown: JsonObject[] = []
  const target = new TextEncoder().encode(text)
  const blanks = blanksBehind(target)
  let left = target
  for (let index = list.length - 1; index >= 0; index--) {
    const token = list[index]
    const bytes = isJsonObject(token) ? bytesOf(token) : null
    if (!isJsonObject(token) || bytes === null) return null
    const isBehind = left.length === target.length
    const part = partOf(bytes, left, isBehind ? blanksBehind(bytes) - blanks : 0)
    // The end of a turn, or white space that a server took off the text.
    if (isBehind && (part === null ? isControl(token) : part.length === 0)) continue
    if (part === null) return null
    shown.push(bare(token, part.length === bytes.length ? null : part))
    left = left.subarray(0, left.length - part.length)
    if (left.length === 0) return shown.reverse()
  }
  return null
}

/** Of a token, what ends `text`: all but the white space by which it reaches beyond, `behind` of it; null where nothing does. */
function partOf(bytes: Uint8Array, text: Uint8Array, behind: number): Uint8Array | null {
  let from = 0
  const to = bytes.length - Math.max(0, behind)
  while (to - from > text.length && isBlank(bytes[from])) from++
  const part = bytes.subarray(from, to)
  const start = text.length - part.length
  return start >= 0 && part.every((byte, at) => byte === text[start + at]) ? part : null
}

function blanksBehind(bytes: Uint8Array): number {
  let count = 0
  while (isBlank(bytes[bytes.length - 1 - count])) count++
  return count
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d)
}

function isControl({ token }: JsonObject): boolean {
  return typeof token === 'string' && CONTROL.test(token)
}

function bytesOf({ token, bytes }: JsonObject): Uint8Array | null {
  if (Array.isArray(bytes)) return bytes.every(isByte) ? Uint8Array.from(bytes) : null
  return typeof token === 'string' ? new TextEncoder().encode(token) : null
}

function isByte(value: JsonValue): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255
}

/** Only the fields of the contract: an unknown one may hold more than the token. `part`: what is shown of it, if not all. */
function bare(token: JsonObject, part: Uint8Array | null): JsonObject {
  const { logprob = 0, top_logprobs: top } = token
  if (part !== null) {
    const bytes = Array.isArray(token.bytes) ? [...part] : null
    // What could have stood in place of the whole would have reached beyond the text as well.
    return { token: new TextDecoder().decode(part), bytes, logprob, top_logprobs: [] }
  }
  const others = Array.isArray(top) ? top.filter(isJsonObject) : []
  return {
    ...spelt(token),
    logprob,
    top_logprobs: others
      .filter((other) => !isControl(other))
      .map((other) => ({ ...spelt(other), logprob: other.logprob ?? 0 }))
      .filter((other) => ALTERNATIVE.test(other.token))
      .slice(0, MAX_ALTERNATIVES),
  }
}

/** A token by its bytes, where it has any: as the text they spell, or as a part of a character. */
function spelt({ token, bytes }: JsonObject): {
  readonly token: string
  readonly bytes: JsonValue
} {
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
