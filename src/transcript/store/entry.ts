/**
 * A transcript ready to be stored: its index row beside its packed content, and both as one run of bytes for a spool.
 * No I/O. Here content ends that may not be kept: a row of `off` or of consent `none` has none. Here it is sealed, too, where
 * there is a key for it: whatever is behind, a disk, a queue or a database, must never see it in the clear.
 */

import type { Bytes, Compression } from '../../lib/compression.ts'
import { parseJson } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import { encodeTranscript } from '../record/encode.ts'
import type { Transcript } from '../record/record.ts'
import { type TranscriptRow, toRow } from '../record/row.ts'
import type { Seal } from '../seal/seal.ts'

/** How content is packed: compressed, and sealed where there is a key for it. */
export type Packing = Compression & { readonly seal?: Seal | undefined }

export type TranscriptEntry = {
  readonly row: TranscriptRow
  /** Null: a row without content. */
  readonly content: Bytes | null
}

const LENGTH_BYTES = 4
const SEALED_ENDING = '.jwe'

/** True where the content under this key is a JWE. */
export function isSealedKey(contentKey: string): boolean {
  return contentKey.endsWith(SEALED_ENDING)
}

export async function toEntry(transcript: Transcript, packing: Packing): Promise<TranscriptEntry> {
  if (transcript.mode === 'off' || transcript.consent === 'none') {
    return { row: toRow(transcript, { key: null, bytes: 0 }), content: null }
  }
  const packed = await encodeTranscript(transcript, packing)
  const content = packing.seal ? await packing.seal(packed) : packed
  const key = `transcripts/${transcript.id}.json.gz${packing.seal ? SEALED_ENDING : ''}`
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
