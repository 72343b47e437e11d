/**
 * A body read before its turn, by who only wants to know something of it. I/O: the body. Nothing fails by it: what cannot be
 * held, or is not whole, is left to whoever answers, and goes on to the byte as it came.
 */
import { readDeclared, SMALL_BYTES } from '../http/read.ts'
import type { GatewayContext } from './exchange.ts'

/** The body whole, left in the context for its own turn; null where it was not to be had. */
export async function readAside(
  c: GatewayContext,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const read = c.get('body') ?? (await readWhole(c, maxBytes))
  if (read) c.set('body', read)
  return read
}

async function readWhole(
  c: GatewayContext,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const { headers, body } = c.req.raw
  const encoding = headers.get('content-encoding')
  if (encoding !== null && encoding.toLowerCase() !== 'identity') return null
  const declared = headers.get('content-length')
  if (declared === null) return body && collect(c, body, maxBytes)
  if (!/^\d{1,9}$/.test(declared) || Number(declared) > maxBytes) return null
  if (!fits(c, Number(declared))) return null
  // Whoever answers meets the same end of it, and knows what to say.
  return readDeclared(c.req.raw).catch(() => null)
}

/**
 * Whether so many bytes of a body may be held, of `whole` as far as it is known: what is small has to be read in most modes
 * anyway; a large one is held where that takes nobody's room.
 */
function fits(c: GatewayContext, bytes: number, whole = bytes): boolean {
  const held = c.get('held')
  if (!held || whole > SMALL_BYTES) return held?.tryTake(bytes) ?? true
  try {
    held.take(bytes)
    return true
  } catch {
    return false
  }
}

/** Of a body of unknown length as much as there is room for; what is longer is put together again. */
async function collect(
  c: GatewayContext,
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const reader = body.getReader()
  const pieces: Uint8Array[] = []
  let length = 0
  let taken = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return joined(pieces, length)
      pieces.push(value)
      length += value.byteLength
      if (length > maxBytes || !fits(c, value.byteLength, length)) break
      taken = length
    }
  } catch {
    // The reader tells its error again, behind what came before it.
  }
  // Whoever answers counts it as it comes.
  c.get('held')?.giveBack(taken)
  putBack(c, pieces, reader)
  return null
}

function putBack(
  c: GatewayContext,
  pieces: Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array>,
): void {
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const piece = pieces.shift() ?? (await reader.read()).value
      if (piece) controller.enqueue(piece)
      else controller.close()
    },
    cancel: (reason) => reader.cancel(reason),
  })
  const { url, method, headers, signal } = c.req.raw
  c.req.raw = new Request(url, { method, headers, body, signal, duplex: 'half' } as RequestInit)
  // What is left of the platform's own request is not all of it.
  c.set('indirect', true)
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length)
  let offset = 0
  for (const piece of pieces) {
    whole.set(piece, offset)
    offset += piece.byteLength
  }
  return whole
}
