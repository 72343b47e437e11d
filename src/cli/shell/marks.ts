/** Colours for a terminal and for nothing else: a file, a pipe and a person who set NO_COLOR get plain text. Pure. */
import type { Io } from './io.ts'

export type Mark = (text: string) => string

export type TerminalMarks = Readonly<Record<'heading' | 'good' | 'bad' | 'warning' | 'faint', Mark>>

const plain: Mark = (text) => text
const coded =
  (code: number): Mark =>
  (text) =>
    `\u001B[${code}m${text}\u001B[0m`

const PLAIN: TerminalMarks = {
  heading: plain,
  good: plain,
  bad: plain,
  warning: plain,
  faint: plain,
}

const COLOURED: TerminalMarks = {
  heading: coded(1),
  good: coded(32),
  bad: coded(31),
  warning: coded(33),
  faint: coded(2),
}

/** For what is written to one of the streams (see https://no-color.org). */
export function marksFor(
  { terminal, environment }: Pick<Io, 'terminal' | 'environment'>,
  stream: 'stdout' | 'stderr',
): TerminalMarks {
  const coloured =
    terminal?.[stream] === true && !environment.NO_COLOR && environment.TERM !== 'dumb'
  return coloured ? COLOURED : PLAIN
}
