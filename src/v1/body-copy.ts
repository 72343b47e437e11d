/**
 * A copy of a body that passes through unread, up to a cap: what passes is neither held nor changed for it. No I/O of its own.
 */

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

export type BodyCopyOptions = {
  readonly maxBytes: number
  /** Whether so many bytes more may be held. */
  readonly holds: (bytes: number) => boolean
}

export function createBodyCopy({ maxBytes, holds }: BodyCopyOptions): BodyCopy {
  const { promise: copied, resolve } = Promise.withResolvers<CopiedBody>()
  let pieces: Uint8Array[] = []
  let length = 0
  let refused: 'too_large' | 'busy' | null = null
  return {
    copied,
    add(piece) {
      if (refused) return
      length += piece.byteLength
      if (length > maxBytes) refused = 'too_large'
      else if (!holds(piece.byteLength)) refused = 'busy'
      // Whoever takes a piece may take its memory along.
      else pieces.push(piece.slice())
      if (refused) pieces = []
    },
    end: (isWhole) => resolve(isWhole ? (refused ?? joined(pieces, length)) : 'cut'),
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
