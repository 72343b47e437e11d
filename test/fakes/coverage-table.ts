/** The two tables of docs/apps.md that say what is judged, as they stand there: of routes by mode, of contents by door. Reads one file. */
import { readFileSync } from 'node:fs'

export type CoverageRow = { readonly what: string; readonly cells: readonly string[] }

/** The rows of the table whose head begins with `head`; the first column is what a row is of. */
export function readCoverage(head: 'Route' | 'What'): readonly CoverageRow[] {
  const lines = readFileSync('docs/apps.md', 'utf8').split('\n')
  const start = lines.findIndex((line) => line.startsWith(`| ${head} |`))
  if (start < 0) throw new Error(`docs/apps.md has no table of: ${head}`)
  const end = lines.findIndex((line, at) => at > start && !line.startsWith('|'))
  return lines.slice(start + 2, end).map((line) => {
    const [what = '', ...cells] = line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim())
    return { what, cells }
  })
}
