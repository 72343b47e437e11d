/**
 * A transcript's content as bytes: JSON, gzip. No I/O beyond the compressor.
 * Faithful to the last code unit: JSON writes NUL and lone surrogates as escapes, so that UTF-8 loses nothing.
 */
import { fail, type Result, succeed } from '../lib/result.ts'
import type { Transcript } from './record.ts'

export type Bytes = Uint8Array<ArrayBuffer>

/** How content is packed: the platform's stream by default, zlib where that is quicker. Both write gzip. */
export interface Compression {
  compress(bytes: Bytes): Promise<Bytes>
  /** Rejects when the bytes are no gzip. */
  decompress(bytes: Bytes): Promise<Bytes>
}

export const streamCompression: Compression = {
  compress: (bytes) => through(bytes, new CompressionStream('gzip')),
  decompress: (bytes) => through(bytes, new DecompressionStream('gzip')),
}

export function encodeTranscript(transcript: Transcript, compression: Compression): Promise<Bytes> {
  return compression.compress(new TextEncoder().encode(JSON.stringify(transcript)))
}

export async function decodeTranscript(
  bytes: Bytes,
  compression: Compression,
): Promise<Result<Transcript, { readonly reason: 'transcript_unreadable' }>> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(
      await compression.decompress(bytes),
    )
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && Reflect.get(value, 'schema') === 1) {
      return succeed(value as Transcript)
    }
  } catch {
    // Damaged bytes are an answer of their own, below.
  }
  return fail({ reason: 'transcript_unreadable' })
}

type Transform = { readonly readable: ReadableStream; readonly writable: WritableStream }

async function through(bytes: Bytes, transform: Transform): Promise<Bytes> {
  const body = new Response(bytes).body
  if (!body) return bytes
  return new Uint8Array(await new Response(body.pipeThrough(transform)).arrayBuffer())
}
