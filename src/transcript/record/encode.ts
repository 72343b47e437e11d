/**
 * A transcript's content as bytes: JSON, gzip. No I/O beyond the compressor.
 * Faithful to the last code unit, digit and place: JSON writes NUL and lone surrogates as escapes, so that UTF-8 loses nothing,
 * and what a client sent is read as it was written.
 */
import type { Bytes, Compression } from '../../lib/compression.ts'
import { isJsonObject, MAX_JSON_DEPTH, parseJson } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import type { Transcript } from './record.ts'

/** What clients and models sent stands some levels below a transcript's own. */
const MAX_DEPTH = MAX_JSON_DEPTH + 20

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
    const parsed = parseJson(text, { exact: true, maxDepth: MAX_DEPTH })
    if (parsed.ok && isJsonObject(parsed.value) && parsed.value.schema === 1) {
      return succeed(parsed.value as unknown as Transcript)
    }
  } catch {
    // Damaged bytes are an answer of their own, below.
  }
  return fail({ reason: 'transcript_unreadable' })
}
