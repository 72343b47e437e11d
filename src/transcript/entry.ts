/**
 * A transcript ready to be stored: its index row beside its packed content, and both as one run of bytes for a spool.
 * No I/O. Here content ends that may not be kept: a row of `off` or of consent `none` has none.
 */

import type { Bytes, Compression } from '../lib/compression.ts'
import { parseJson } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { encodeTranscript } from './encode.ts'
import type { Transcript } from './record.ts'
import { type TranscriptRow, toRow } from './row.ts'

export type TranscriptEntry = {
  readonly row: TranscriptRow
  /** Null: a row without content. */
  readonly content: Bytes | null
}

const LENGTH_BYTES = 4

export async function toEntry(
  transcript: Transcript,
  compression: Compression,
): Promise<TranscriptEntry> {
  if (transcript.mode === 'off' || transcript.consent === 'none') {
    return { row: toRow(transcript, { key: null, bytes: 0 }), content: null }
  }
  const content = await encodeTranscript(transcript, compression)
  const key = `transcripts/${transcript.id}.json.gz`
  return { row: toRow(transcript, { key, bytes: content.length }), content }
}

/** The row's length (4 bytes, big-endian), the row as JSON, the content. */
export function packEntry({ row, content }: TranscriptEntry): Bytes {
  const head = new TextEncoder().encode(JSON.stringify(row))
  const bytes = new Uint8Array(LENGTH_BYTES + head.length + (content?.length ?? 0))
  new DataView(bytes.buffer).setUint32(0, head.length)
  bytes.set(head, LENGTH_BYTES)
  if (content) bytes.set(content, LENGTH_BYTES + head.length)
  return bytes
}

export function unpackEntry(
  bytes: Uint8Array,
): Result<TranscriptEntry, { readonly reason: 'entry_unreadable' }> {
  const unreadable = fail({ reason: 'entry_unreadable' })
  if (bytes.length < LENGTH_BYTES) return unreadable
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  const text = new TextDecoder().decode(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length))
  const parsed = parseJson(text)
  if (!parsed.ok) return unreadable
  const row = parsed.value as TranscriptRow
  if (typeof row?.id !== 'string') return unreadable
  const content = Uint8Array.from(bytes.subarray(LENGTH_BYTES + length))
  return succeed({ row, content: row.contentKey === null ? null : content })
}
