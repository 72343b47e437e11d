/** Cuts text into pieces for a stream, between code points, and pads them. Pure. */
import type { JsonObject } from '../lib/json.ts'

/** Cuts `text` into pieces of at most `length` UTF-16 units (2 at least), never within a surrogate pair. */
export function* piecesOf(text: string, length: number): Generator<string> {
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + length, text.length)
    if (end < text.length && end - start > 1 && startsPair(text, end - 1)) end--
    yield text.slice(start, end)
    start = end
  }
}

function startsPair(text: string, index: number): boolean {
  return (text.codePointAt(index) ?? 0) > 0xffff
}

/** What brings a piece to one size, so that its length tells nothing. */
export function paddingOf(delta: JsonObject, pieceLength: number): string {
  // Escapes can double a piece; beyond that the size shows, as it does with the provider’s own padding.
  return '0'.repeat(Math.max(0, 2 * pieceLength - JSON.stringify(delta).length))
}
