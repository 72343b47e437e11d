/** The lines of a stream of bytes, as it comes. Pure. */

/** @throws RangeError for a line of more than `max` characters. */
export async function* linesOf(
  pieces: AsyncIterable<Uint8Array>,
  max = Number.POSITIVE_INFINITY,
): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  // Pieces of one long line are joined once, when it ends.
  let waiting: string[] = []
  let length = 0
  for await (const piece of pieces) {
    const [first = '', ...others] = decoder.decode(piece, { stream: true }).split('\n')
    waiting.push(first)
    length += first.length
    for (const other of others) {
      yield waiting.join('')
      waiting = [other]
      length = other.length
    }
    if (length > max) throw new RangeError(`A line is longer than ${max} characters`)
  }
  const last = waiting.join('') + decoder.decode()
  if (last !== '') yield last
}
