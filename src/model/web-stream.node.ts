/**
 * A Node stream as a web stream: as `Readable.toWeb`, which does the same at several times the cost.
 * I/O: the given stream, read as fast as it is consumed. Cancelling destroys it.
 */
import type { Readable } from 'node:stream'

/** Bytes held for a slow reader before the upstream is made to wait. */
const HIGH_WATER_BYTES = 65_536

/** `toError` makes of the stream's own error what the reader is to meet. */
export function toWebStream(
  body: Readable,
  toError: (error: unknown) => unknown,
): ReadableStream<Uint8Array> {
  let open = true
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        body.on('data', (chunk: Uint8Array) => {
          // A piece may still be on its way to a stream that was cancelled, and that takes none.
          if (!open) return
          controller.enqueue(chunk)
          if ((controller.desiredSize ?? 0) <= 0) body.pause()
        })
        body.once('end', () => {
          if (open) controller.close()
        })
        // A body that is thrown away reports its own destruction, which nobody waits for.
        body.on('error', (error) => {
          if (open) controller.error(toError(error))
        })
      },
      pull() {
        body.resume()
      },
      cancel() {
        open = false
        body.destroy()
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: HIGH_WATER_BYTES }),
  )
}
