/**
 * Reads a reply's body as text, piece by piece, within a bound. I/O: the body.
 * Whatever ends the reading early cancels the body, so that the upstream stops writing.
 */
import type { CallWatch } from './call-watch.ts'

export type BodyEnd =
  /** All of it was read, or the reader wanted no more. */
  | 'ended'
  | 'too_large'
  /** The connection broke, or the watch ended the call: the watch tells which. */
  | 'broken'

export type BodyReader = {
  readonly watch: CallWatch
  readonly maxBytes: number
  /** Text as it arrives, whole characters only; true when no more is wanted. */
  readonly onText: (text: string) => boolean
  readonly onBytes?: () => void
}

/** How long the end of a stream may take after its last event; beyond that its connection is not worth keeping. */
const LINGER_MS = 25

export async function readBodyText(
  body: ReadableStream<Uint8Array> | null,
  { watch, maxBytes, onText, onBytes }: BodyReader,
): Promise<BodyEnd> {
  if (body === null) return 'ended'
  const reader = body.getReader()
  // A cancelled reader ends its pending read, even where the transport does not heed the signal.
  const stop = (): void => void reader.cancel().catch(ignore)
  watch.signal.addEventListener('abort', stop, { once: true })
  const decoder = new TextDecoder()
  let bytes = 0
  try {
    while (!watch.signal.aborted) {
      const { done, value } = await reader.read()
      if (watch.signal.aborted) break
      if (done) {
        onText(decoder.decode())
        return 'ended'
      }
      bytes += value.byteLength
      onBytes?.()
      if (bytes > maxBytes) {
        stop()
        return 'too_large'
      }
      if (onText(decoder.decode(value, { stream: true }))) {
        await linger(reader)
        return 'ended'
      }
    }
    stop()
    return 'broken'
  } catch {
    stop()
    return 'broken'
  } finally {
    watch.signal.removeEventListener('abort', stop)
  }
}

/** Waits for the end that follows the last event, because cancelling would cost the kept-alive connection. */
async function linger(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const patience = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), LINGER_MS)
  })
  const end = reader.read().then(({ done }) => done, ignore)
  const hasEnded = await Promise.race([end, patience])
  clearTimeout(timer)
  if (hasEnded !== true) void reader.cancel().catch(ignore)
}

function ignore(): undefined {
  return undefined
}
