/** SHA-256 of a stream, piece by piece. No I/O but the reading of it. */
import { createHash } from 'node:crypto'

export async function digestStream(stream: ReadableStream<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of stream) hash.update(piece)
  return hash.digest('hex')
}
