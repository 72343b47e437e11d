/** Text for a terminal: what would steer the terminal or turn the writing direction is shown as a mark. Pure. */

/** Control characters but for tab and line feed, and the invisible ones that reorder text. */
const STEERING = /[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu

export function printable(text: string): string {
  return text
    .toWellFormed()
    .replace(STEERING, (character) =>
      character === '\t' || character === '\n' ? character : '\uFFFD',
    )
}
