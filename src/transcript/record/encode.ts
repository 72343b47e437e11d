/**
 * A transcript's content as bytes: JSON, gzip. No I/O beyond the compressor.
 * Faithful to the last code unit: JSON writes NUL and lone surrogates as escapes, so that UTF-8 loses nothing.
 */
import type { Bytes, Compression } from '../../lib/compression.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import type { Transcript } from './record.ts'

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
