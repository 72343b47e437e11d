/**
 * A request's body as JSON: media type, byte cap, UTF-8, guarded parse. Reads the body, nothing else.
 * Every refusal is a `GatewayError` with words about the client's own input; it must never hold more than the cap.
 */
import { GatewayError } from '../errors.ts'
import {
  isJsonObject,
  type JsonFailure,
  type JsonObject,
  type ParseOptions,
  parseJson,
} from '../lib/json.ts'
import type { Held } from './bytes-in-flight.ts'

const MEDIA_TYPE = /^application\/json\s*(?:;\s*(?:charset\s*=\s*"?utf-?8"?\s*(?:;\s*)?)?)?$/i

const [COMMA, BRACKET, BRACE] = new TextEncoder().encode(',[{')

/** Keys may hold text of people, which is in no message. */
const QUOTED_KEY = /^[\w.-]{1,64}$/

/** A body that declares no more is taken at its word, which is the fastest way; a larger one counts as it comes. */
export const SMALL_BYTES = 64 * 1024

export type ReadOptions = Pick<ParseOptions, 'exact'> & {
  /** Counts the bytes that are read. */
  readonly held?: Pick<Held, 'take'> | undefined
  /** The body, where it was read and counted before. */
  readonly bytes?: Uint8Array<ArrayBuffer> | undefined
}

/**
 * The JSON object that a request carries, no name twice in it: what is checked here is what anyone behind it reads.
 * @throws GatewayError `invalid_request`, `request_too_large` or `overloaded`.
 */
export async function readJsonBody(
  request: Request,
  limitBytes: number,
  { exact, held, bytes: read }: ReadOptions = {},
): Promise<JsonObject> {
  const mediaType = request.headers.get('content-type')
  if (mediaType === null || !MEDIA_TYPE.test(mediaType)) {
    throw invalid('Send the body as application/json in UTF-8')
  }
  const encoding = request.headers.get('content-encoding')
  if (encoding !== null && encoding.toLowerCase() !== 'identity') {
    throw invalid('Send the body without a content-encoding')
  }
  const bytes = read ?? (await readBytes(request, limitBytes, held))
  held?.take(weightOfValues(bytes))
  const text = decode(bytes)
  return parseBody(text, exact === undefined ? {} : { exact })
}

/**
 * Refuses what says of itself that it is no JSON, of a body that is passed on unread: a page can have a browser send anything
 * else to any address without asking first. @throws GatewayError `invalid_request`.
 */
export function requireJson(request: Request): void {
  const [essence = ''] = (request.headers.get('content-type') ?? '').split(';', 1)
  if (essence.trim().toLowerCase() === 'application/json') return
  throw invalid('Send the body as application/json in UTF-8')
}

/** The JSON object in a body's text. @throws GatewayError `invalid_request`. */
export function parseBody(text: string, options: Pick<ParseOptions, 'exact'> = {}): JsonObject {
  const parsed = parseJson(text, { ...options, unique: true })
  if (!parsed.ok) throw invalid(explain(parsed.failure))
  if (!isJsonObject(parsed.value)) throw invalid('Send a JSON object as the body')
  return parsed.value
}

/**
 * A body whole, of any media type; `held` is told of its bytes as they come.
 * @throws GatewayError `request_too_large`, `overloaded`, or `invalid_request` when it breaks off.
 */
export async function readBytes(
  request: Request,
  limitBytes: number,
  held?: Pick<Held, 'take'>,
): Promise<Uint8Array<ArrayBuffer>> {
  const length = request.headers.get('content-length')
  const declared = length !== null && /^\d{1,15}$/.test(length) ? Number(length) : null
  if (declared !== null && declared > limitBytes) throw tooLarge(limitBytes)
  if (declared !== null && declared <= SMALL_BYTES) {
    held?.take(declared)
    return readDeclared(request)
  }
  return request.body === null ? new Uint8Array(0) : collect(request.body, { limitBytes, held })
}

/**
 * A body of declared length, whole: the server enforces the declaration, so there is nothing left to count.
 * @throws GatewayError `invalid_request` when it breaks off.
 */
export async function readDeclared(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await request.arrayBuffer().catch(broken))
}

/** In the measure of bytes: a value takes as much memory when it is parsed as some letters do, however short it is written. */
const VALUE_BYTES = 4

/** What the values of JSON weigh beside its bytes; marks within text count as well, which makes little of it. */
function weightOfValues(bytes: Uint8Array): number {
  let marks = 0
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index]
    if (byte === COMMA || byte === BRACKET || byte === BRACE) marks++
  }
  return marks * VALUE_BYTES
}

async function collect(
  body: ReadableStream<Uint8Array>,
  { limitBytes, held }: { limitBytes: number; held: Pick<Held, 'take'> | undefined },
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read().catch(broken)
    if (done) return join(chunks, length)
    length += value.byteLength
    try {
      if (length > limitBytes) throw tooLarge(limitBytes)
      held?.take(value.byteLength)
    } catch (refusal) {
      reader.cancel().catch(() => {})
      throw refusal
    }
    chunks.push(value)
  }
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    whole.set(chunk, offset)
    offset += chunk.byteLength
  }
  return whole
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw invalid('Send the body in UTF-8')
  }
}

function explain(failure: JsonFailure): string {
  switch (failure.reason) {
    case 'not_json':
      return 'Send the body as JSON: it could not be parsed'
    case 'too_deep':
      return `Send JSON of at most ${failure.limit} levels`
    case 'forbidden_key':
      return `Send JSON without the key ${failure.key}`
    case 'repeated_key':
      return `Send every key of an object once: ${QUOTED_KEY.test(failure.key) ? failure.key : 'one'} stands twice in it`
  }
}

function broken(cause: unknown): never {
  throw new GatewayError('invalid_request', {
    message: 'The body ended before it was whole',
    cause,
  })
}

function invalid(message: string): GatewayError {
  return new GatewayError('invalid_request', { message })
}

function tooLarge(limitBytes: number): GatewayError {
  return new GatewayError('request_too_large', {
    message: `Send a body of at most ${limitBytes} bytes`,
  })
}
