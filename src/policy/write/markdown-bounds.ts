/**
 * How much Markdown is read at all. Pure, linear, and before any parsing: a parser's time grows faster than such a text.
 * What is refused here is refused whole: to read the half of a policy would be to drop rules.
 */
import { indentOf, type NumberedLine } from './lines.ts'

export type MarkdownFault = { readonly line: number; readonly message: string }

/** A section that long holds a hundred times what one should. */
const MAX_CHARACTERS = 100_000
const MAX_LINES = 3_000
/** Signs that may begin or end something within one paragraph; each may be held against every other. */
const MAX_SIGNS = 500
const MAX_DEPTH = 12

const SIGNS = /[*_`[\]<!&\\]/g
/** Quotes and lists that open within one line. */
const MARKERS = /^(?:\s|>|[-*+](?=\s)|\d{1,9}[.)](?=\s))*/
/** Always begins something new, whatever stands above it. */
const BREAK = /^ {0,3}(?:[-*+]|1[.)])\s+\S|^\s*$/

export function boundFaults(lines: readonly NumberedLine[]): readonly MarkdownFault[] {
  const [first] = lines
  if (!first) return []
  const characters = lines.reduce((sum, { text }) => sum + text.length + 1, 0)
  if (characters > MAX_CHARACTERS || lines.length > MAX_LINES) {
    const message = `Split this text: it may have ${MAX_CHARACTERS} characters and ${MAX_LINES} lines, and has ${characters} and ${lines.length}`
    return [{ line: first.number, message }]
  }
  const deep = lines.find(({ text }) => isDeep(text))
  if (deep) {
    const message = `Nest lists and quotes at most ${MAX_DEPTH} deep`
    return [{ line: deep.number, message }]
  }
  const crowded = crowdedLine(lines)
  if (!crowded) return []
  const message = `Split this paragraph: it holds more than ${MAX_SIGNS} of the signs * _ \` [ ] < ! & \\`
  return [{ line: crowded.number, message }]
}

function isDeep(line: string): boolean {
  const [opening = ''] = MARKERS.exec(line) ?? []
  const markers = opening.match(/[>*+-]|\d+/g)?.length ?? 0
  return markers > MAX_DEPTH || (markers > 0 && indentOf(line) > 4 * MAX_DEPTH)
}

/** The line that begins the first paragraph with too many signs. */
function crowdedLine(lines: readonly NumberedLine[]): NumberedLine | null {
  let start: NumberedLine | null = null
  let signs = 0
  for (const line of lines) {
    if (!start || BREAK.test(line.text)) {
      start = line.text.trim() === '' ? null : line
      signs = 0
    }
    signs += line.text.match(SIGNS)?.length ?? 0
    if (signs > MAX_SIGNS) return start ?? line
  }
  return null
}
