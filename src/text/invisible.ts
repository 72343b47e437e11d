/**
 * Which signs are seen by no one: the one list of them. Pure.
 * Unicode's own property is in every engine, so that no table of it is kept here; a test compares the two.
 */

/** Zero widths, fillers, selectors of variants, tags, marks of direction; and the rest of Unicode's format characters. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}]+/gu

/**
 * With marks, two letters of half width that become marks, and controls that a terminal or a page may leave out; white space parts
 * words and stays.
 */
const UNSEEN =
  /(?:[\p{Default_Ignorable_Code_Point}\p{Cf}\p{M}\uff9e\uff9f]|(?![\s\u0085])\p{Cc})+/gu

const PRINTABLE_ASCII = /^[\t\n\r -~]*$/

/**
 * The few that keys of duplicates and splits have always gone without. The list stays as it is: with a selector of emoji more or
 * less, rows would move from the training part of a dataset to its test.
 */
const ZERO_WIDTH = /[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]/g

export function withoutInvisible(text: string): string {
  return text.replace(INVISIBLE, '')
}

/** The bare letters, without their marks too. */
export function withoutUnseen(text: string): string {
  return PRINTABLE_ASCII.test(text) ? text : text.replace(UNSEEN, '')
}

/** For the keys of rows alone. */
export function withoutZeroWidth(text: string): string {
  return text.replace(ZERO_WIDTH, '')
}
