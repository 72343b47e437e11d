/**
 * Compatibility forms (NFKC) as one, within bounds. Pure. One character may stand for eighteen: a long text of such would fill the
 * memory of whoever compares it, and stays as it is.
 */

const LONG_CHARACTERS = 64 * 1024
const MAX_GROWTH = 2

export function compatible(text: string): string {
  return text.length > LONG_CHARACTERS && growsMuch(text) ? text : text.normalize('NFKC')
}

/** Piece by piece, so that what has grown is never held as a whole. */
function growsMuch(text: string): boolean {
  let length = 0
  for (let at = 0; at < text.length; at += LONG_CHARACTERS) {
    length += text.slice(at, at + LONG_CHARACTERS).normalize('NFKC').length
    if (length > MAX_GROWTH * text.length) return true
  }
  return false
}
