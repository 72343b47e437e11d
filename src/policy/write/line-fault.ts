/**
 * What a line of text was meant to be, where a parser of Markdown takes it for text: a pasted bullet, an item, a row. Pure.
 * Such a line would hang on the one above it, and a rule would be read as part of another.
 */

import { headingWithin } from './section-headings.ts'

/** Signs that word processors put before an item, and what the fonts of symbols keep in their place. */
const PASTED_BULLET = /^[•‣⁃◦∙▪▫■□●○◆◇➢✓\uF0B7\uF0A7]/u
/** Plain speech within a text, a bullet where one begins. */
const PASTED_DASH = /^[·–]\s/u
const ITEM = /^\s*(?:[-*+]|(\d{1,9})[.)])(?:\s|$)/
/** A quote, a line across. */
const OTHER_BLOCK = /^\s*(?:>|-{3,}\s*$|\*{3,}\s*$|_{3,}\s*$)/
const FENCE = /^\s*(?:```|~~~)/
/** The second line of a table whose rows begin without |. */
const BARE_RULE_OF_TABLE = /^\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)+$/

export const BULLET_FAULT = 'Begin an item with - and a space'

export const ITEM_IN_ITEM =
  'Begin each item on a line of its own, outside of quotes, and write 1988\\. where a number begins its text'

export const INDENT_FAULT = 'Indent this as its neighbours are'

export const UNSEPARATED =
  'Leave an empty line above this one, and indent it as its neighbours are: else it may be text of the line above'

/** What stands at the margin alone. */
export const TABLE_INSIDE = 'Put the table at the margin, outside of lists and quotes'
export const MISPLACED = {
  heading: 'Put the heading at the margin, outside of lists and quotes',
  code: 'Put code at the margin; where this is none, put fewer spaces before it: four or more make code of it',
  blockquote: 'Put the quote at the margin, outside of lists and of other quotes',
  thematicBreak: 'Put the line across at the margin, outside of lists and quotes',
  list: ITEM_IN_ITEM,
}

export type LinePlace = {
  /** True for the first line of a paragraph. */
  readonly opens: boolean
  /** True in the text of an item and in a quote. */
  readonly isEnclosed: boolean
}

/** True for a line that is a row of a table. */
export function isRow(line: string): boolean {
  return /^\s*\|/.test(line)
}

/** What to write instead of a line of a paragraph; null where it is text. */
export function lineFault(line: string, { opens, isEnclosed }: LinePlace): string | null {
  const text = line.trimStart()
  if (PASTED_BULLET.test(text) || (opens && !isEnclosed && PASTED_DASH.test(text))) {
    return `${BULLET_FAULT}, instead of ${text.charAt(0)}`
  }
  const heading = opens ? null : headingWithin(line)
  if (heading !== null) return heading
  if (FENCE.test(line)) return 'Begin and end code with a line of ``` at the margin'
  const [item, number = ''] = ITEM.exec(line) ?? []
  if (opens) return isEnclosed && item !== undefined ? ITEM_IN_ITEM : null
  // A number that opens a wrapped line ("in 1988. Then …") is no list.
  const isItem = item !== undefined && (isEnclosed || number === '' || number === '1')
  if (isItem || OTHER_BLOCK.test(line)) {
    return UNSEPARATED
  }
  return BARE_RULE_OF_TABLE.test(line) ? 'Begin each row of a table with |' : null
}

/** What to do with a block that stands where it may not, by its kind. */
export function misplaced(type: string): string {
  return Object.entries(MISPLACED).find(([one]) => one === type)?.[1] ?? MISPLACED.list
}
