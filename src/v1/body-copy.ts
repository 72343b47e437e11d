/**
 * A copy of a body that passes through unread, up to a cap: what passes is neither held nor changed for it. No I/O of its own.
 */
import type { Held } from '../http/bytes-in-flight.ts'

/** The whole body, or why there is no copy of it. */
export type CopiedBody = Uint8Array | 'too_large' | 'busy' | 'cut'

export type BodyCopy = {
  /** A piece has passed. */
  add(piece: Uint8Array): void
  /** No more passes; false where that was not the body's end. Only the first call counts. */
  end(isWhole: boolean): void
  /** Settles with the first `end`, and never rejects. */
  readonly copied: Promise<CopiedBody>
}

/** `held` counts what is copied; where it has no room, nothing is. */
export function createBodyCopy(maxBytes: number, held?: Pick<Held, 'tryTake'>): BodyCopy {
  const { promise: copied, resolve } = Promise.withResolvers<CopiedBody>()
  let pieces: Uint8Array[] = []
  let length = 0
  let why: 'too_large' | 'busy' | null = null
  return {
    copied,
    add(piece) {
      if (why) return
      length += piece.byteLength
      if (length > maxBytes) why = 'too_large'
      else if (held?.tryTake(piece.byteLength) === false) why = 'busy'
      // Whoever takes a piece may take its memory along.
      if (why) pieces = []
      else pieces.push(piece.slice())
    },
    end(isWhole) {
      if (!isWhole) resolve('cut')
      else resolve(why ?? joined(pieces, length))
    },
  }
}

/** The body with a copy made of what is read of it. */
export function copyThrough(
  body: ReadableStream<Uint8Array>,
  copy: BodyCopy,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (!done) {
          copy.add(value)
          return controller.enqueue(value)
        }
        copy.end(true)
        controller.close()
      } catch (error) {
        copy.end(false)
        controller.error(error)
      }
    },
    cancel(reason) {
      copy.end(false)
      return reader.cancel(reason)
    },
  })
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length)
  let offset = 0
  for (const piece of pieces) {
    whole.set(piece, offset)
    offset += piece.byteLength
  }
  return whole
}
