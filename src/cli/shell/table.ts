/**
 * Rows as text in columns, for people: aligned by the cells of a terminal, and no wider than they must be. Pure; texts are made
 * safe for terminals.
 */
import stringWidth from 'string-width'
import { printable } from '../../text/printable.ts'

const GAP = '  '

/** The headings and rows, each on a line of its own. */
export function tableOf(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [headings, ...rows].map((row) => row.map(printable))
  const widths = headings.map((_, column) =>
    Math.max(...cells.map((row) => stringWidth(row[column] ?? ''))),
  )
  const lines = cells.map((row) =>
    row
      .map((cell, column) => padded(cell, widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  )
  return `${lines.join('\n')}\n`
}

/** Letters of Chinese, Japanese and Korean and emoji take two cells, accents that stand for themselves none. */
function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)))
}

/** As `3 s`, `5 min`, `2 h` or `4 d`. */
export function spanOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} d`
}

/** A point of time in UTC, to the second. */
export function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}Z`
}

const SHOWN_DIGITS = 12

/** As much of a digest as tells it from every other of a policy. */
export function shortDigest(digest: string): string {
  return digest.slice(0, SHOWN_DIGITS)
}
