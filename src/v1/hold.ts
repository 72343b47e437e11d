/**
 * A stream that is held until its answer may leave: comments keep the connection alive, then everything at once.
 * It never ends in a clean short stream: what fails after the headers is one error event, and then the end.
 */
import type { GatewayError } from '../errors.ts'
import { encodeComment } from '../http/event-stream.ts'
import type { Result } from '../lib/result.ts'

/**
 * Proxies cut silent connections after as little as 10 s, and workerd learns that a reader has gone only by writing to it,
 * once or twice: so long may calls for a client that left go on there.
 */
const KEEP_ALIVE_MS = 1_000

export type HeldAnswer = Result<string, GatewayError>

export type HoldOptions = {
  /** The events of the answer, encoded, or why there is none. Must not reject. */
  readonly answer: Promise<HeldAnswer>
  /** Writes an error as an event. */
  readonly writeError: (error: GatewayError) => string
  /** Called when the reader has gone before the end. */
  readonly onCancel: () => void
}

export function holdStream({
  answer,
  writeError,
  onCancel,
}: HoldOptions): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder()
  let timer: ReturnType<typeof setInterval> | undefined
  let open = true
  const stop = () => {
    open = false
    clearInterval(timer)
  }
  return new ReadableStream({
    start(controller) {
      const send = (text: string) => controller.enqueue(encoder.encode(text))
      const comment = encodeComment('held')
      send(comment)
      timer = setInterval(() => {
        // A reader that does not keep up needs no more comments to stay awake.
        if ((controller.desiredSize ?? 0) > 0) send(comment)
      }, KEEP_ALIVE_MS)
      void answer.then((result) => {
        if (!open) return
        stop()
        send(result.ok ? result.value : writeError(result.failure))
        controller.close()
      })
    },
    cancel() {
      stop()
      onCancel()
    },
  })
}
