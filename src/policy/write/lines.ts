/**
 * A text as numbered lines, and what is white space in it. Pure.
 * Whatever the line ends and the blanks an editor wrote, a line keeps the number that its author sees.
 */

export type NumberedLine = { readonly text: string; readonly number: number }

/** Splits a text into numbered lines, whatever its line ends, without a byte-order mark. */
export function numberLines(text: string, firstNumber = 1): readonly NumberedLine[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .map((line, index) => ({ text: line, number: firstNumber + index }))
}

/** Collapses every run of white space to one space. */
export function collapseSpace(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

/** How far a line is indented, a tab counting as four. */
export function indentOf(line: string): number {
  return (/^\s*/.exec(line)?.[0] ?? '').replaceAll('\t', '    ').length
}
