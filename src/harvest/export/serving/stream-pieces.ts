/**
 * A stream that is written while it is read, and not a piece ahead: it begins once its writer says so, and whoever leaves it
 * stops the writer, as does whoever hardly reads it. No I/O.
 */
import type { Clock } from '../../../lib/clock.ts'
import type { Bytes } from '../../../lib/compression.ts'
import { createReaderDeadline } from './reader-deadline.ts'

export type PiecesOptions = {
  /** Called once, when nothing more is written: given, broken or left. */
  readonly onEnd: () => void
  /** Told of what broke a stream that had begun. */
  readonly report: (error: unknown) => void
  /** Of whoever asked. */
  readonly signal: AbortSignal
  readonly clock: Pick<Clock, 'monotonic'>
}

export type Pieces = {
  /** Resolves when the pieces are wanted. */
  readonly put: (pieces: readonly Bytes[]) => Promise<void>
  /** From here on there is a stream, which can break but not be refused. */
  readonly begin: () => void
  /** Fires when nobody reads any more. */
  readonly stop: AbortSignal
}

/** Resolves once `write` begins it. @throws whatever `write` throws before that. */
export async function streamPieces(
  { onEnd, report, signal, clock }: PiecesOptions,
  write: (pieces: Pieces) => Promise<void>,
): Promise<ReadableStream<Bytes>> {
  const left = new AbortController()
  const stop = AbortSignal.any([left.signal, signal])
  let fail: (error: unknown) => void = () => {}
  const stream = new TransformStream<Bytes, Bytes>({
    start(controller) {
      fail = (error) => controller.error(error)
    },
  })
  const writer = stream.writable.getWriter()
  const begun = Promise.withResolvers<void>()
  let isBegun = false
  // A piece that waits for somebody who has neither gone nor read would wait for ever, were it not for this.
  const deadline = createReaderDeadline(clock, (error) => {
    left.abort(error)
    fail(error)
  })
  writer.closed.catch((error: unknown) => left.abort(error))
  const run = async () => {
    stop.throwIfAborted()
    await write({
      stop,
      begin() {
        isBegun = true
        begun.resolve()
      },
      async put(pieces) {
        for (const piece of pieces) await deadline.wait(writer.write(piece), piece.length)
      },
    })
    await writer.close()
  }
  const abort = () => {
    writer.abort(stop.reason).catch(() => {})
  }
  stop.addEventListener('abort', abort, { once: true })
  run()
    .catch((error: unknown) => {
      begun.reject(error)
      // Half a stream must not look like a whole one. Servers print what broke it, which may quote a row.
      writer.abort(new Error('It broke off')).catch(() => {})
      if (isBegun && !stop.aborted) report(error)
    })
    .finally(() => {
      deadline.end()
      stop.removeEventListener('abort', abort)
      onEnd()
    })
  await begun.promise
  return stream.readable
}
