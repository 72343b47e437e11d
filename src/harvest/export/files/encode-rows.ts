/** Rows as bytes, piece by piece: what a file or a response is made of. Types, and JSONL. Pure. */
import type { Bytes } from '../../../lib/compression.ts'
import { isJsonObject, type JsonArray, type JsonObject, type JsonValue } from '../../../lib/json.ts'
import { type Columns, isMessages } from '../../columns.ts'

export interface RowEncoder {
  /** Takes a row; gives the bytes that are ready, often none. */
  add(row: JsonObject): readonly Bytes[]
  /** Gives the rest. Nothing is added after it. */
  finish(): readonly Bytes[]
}

/** Few enough to hold, and enough for a write to be worth it. */
const PIECE_CHARACTERS = 256 * 1024

/**
 * A line for each row; fields without a value are left out of what is nested, and null in the row itself. With `columns`, the first
 * line says that messages differ.
 */
export function createJsonlEncoder(columns: Columns = {}): RowEncoder {
  const encoder = new TextEncoder()
  let [lines, isFirst] = ['', true]
  const take = () => {
    const bytes = encoder.encode(lines)
    lines = ''
    return bytes.length > 0 ? [bytes] : []
  }
  return {
    add(row) {
      lines += `${JSON.stringify(isFirst ? withOtherMessage(row, columns) : row)}\n`
      isFirst = false
      return lines.length < PIECE_CHARACTERS ? [] : take()
    },
    finish: take,
  }
}

/**
 * Hugging Face's `datasets` takes messages for structs where all of the first 10 MB have the same fields, and breaks on the first tool
 * call after them; where two differ they are JSON. `refusal` is a field of OpenAI's messages, null in most, that no template reads.
 */
function withOtherMessage(row: JsonObject, columns: Columns): JsonObject {
  const marked = Object.entries(row).map(([name, value]) => [
    name,
    isMessages(columns[name]) && Array.isArray(value) ? withNullRefusal(value as JsonArray) : value,
  ])
  return Object.fromEntries(marked) as JsonObject
}

function withNullRefusal(messages: JsonArray): JsonValue {
  return messages.map((message, place) =>
    place === 0 && isJsonObject(message) ? { ...message, refusal: null } : message,
  )
}
