/** Rows as bytes, piece by piece: what a file or a response is made of. Types, and JSONL. Pure. */
import type { Bytes } from '../../../lib/compression.ts'
import type { JsonObject } from '../../../lib/json.ts'

export interface RowEncoder {
  /** Takes a row; gives the bytes that are ready, often none. */
  add(row: JsonObject): readonly Bytes[]
  /** Gives the rest. Nothing is added after it. */
  finish(): readonly Bytes[]
}

/** Few enough to hold, and enough for a write to be worth it. */
const PIECE_CHARACTERS = 256 * 1024

/** A line for each row; fields without a value are left out of what is nested, and null in the row itself. */
export function createJsonlEncoder(): RowEncoder {
  const encoder = new TextEncoder()
  let lines = ''
  const take = () => {
    const bytes = encoder.encode(lines)
    lines = ''
    return bytes.length > 0 ? [bytes] : []
  }
  return {
    add(row) {
      lines += `${JSON.stringify(row)}\n`
      return lines.length < PIECE_CHARACTERS ? [] : take()
    },
    finish: take,
  }
}
