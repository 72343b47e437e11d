/**
 * Fetches a set of keys for whoever verifies signatures by it. I/O: one request. What is no key set ends in an error and never in
 * memory: a reply is read within a bound, and text in which a name stands twice is none.
 */
import { parseJson } from './json.ts'

/** Hundreds of keys with their certificates. */
const MAX_BYTES = 1024 * 1024

/** As `jose` calls it in place of `fetch`. @throws Error for a reply that is too large or has a name twice. */
export async function fetchKeySet(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, options)
  const { status, body } = response
  if (status !== 200 || body === null) {
    // Nobody reads on, and a connection that waits to be read is held.
    await body?.cancel()
    return new Response(null, { status: status === 200 ? 204 : status })
  }
  const text = await new Response(body.pipeThrough(bounded())).text()
  if (!parseJson(text, { unique: true }).ok) throw new Error('The key set cannot be read as JSON')
  return new Response(text, { headers: { 'content-type': 'application/json' } })
}

function bounded(): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0
  return new TransformStream({
    transform(piece, controller) {
      bytes += piece.byteLength
      if (bytes > MAX_BYTES) throw new RangeError(`The key set is larger than ${MAX_BYTES} bytes`)
      controller.enqueue(piece)
    },
  })
}
