/** The lines of a stream of bytes, as it comes. Pure. */

export async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  // Pieces of one long line are joined once, when it ends.
  let waiting: string[] = []
  for await (const piece of pieces) {
    const [first = '', ...others] = decoder.decode(piece, { stream: true }).split('\n')
    waiting.push(first)
    for (const other of others) {
      yield waiting.join('')
      waiting = [other]
    }
  }
  const last = waiting.join('') + decoder.decode()
  if (last !== '') yield last
}
