/** Help as text for a terminal of 80 columns, made from what commands declare. Pure. */
import type { Command, Option, Positional } from './declare-command.ts'

/** What a command is called by, and what it is for, known before it is loaded. */
export type ListedCommand = {
  /** The name with what it takes: `policy push FILE`. */
  readonly usage: string
  readonly summary: string
}

const WIDTH = 80
/** Wide enough for all but a few; those get a line of their own. */
const NAME_WIDTH = 30
const GROUP_WIDTH = 34

const JSON_OPTION: Option = { says: 'Print JSON, one value a line', otherwise: 'text for people' }

/** The lines of a list of commands. */
export function renderCommands(listed: readonly ListedCommand[]): string {
  return listed.map(({ usage, summary }) => entry(usage, summary, GROUP_WIDTH)).join('')
}

/** Usage, and a sentence for everything that a command takes. */
export function renderCommandHelp(
  { usage, summary }: ListedCommand,
  { also = [], positionals, options }: Omit<Command, 'run'>,
): string {
  const taken = Object.values(positionals).map((one) =>
    entry(renderPositional(one), one.says, NAME_WIDTH),
  )
  const given = Object.entries({ ...options, json: JSON_OPTION }).map(([name, option]) =>
    entry(renderOption(name, option), sentenceOf(option), NAME_WIDTH),
  )
  return [
    `Usage: chambers ${usage}\n`,
    ...also.map((other) => `       chambers ${other}\n`),
    `${summary}\n`,
    ...(taken.length > 0 ? [`\n${taken.join('')}`] : []),
    `\nOptions:\n${given.join('')}`,
  ].join('')
}

function renderPositional({ takes, optional, multiple }: Positional): string {
  return `${optional || multiple ? `[${takes}]` : takes}${multiple ? '…' : ''}`
}

function renderOption(name: string, { takes, multiple }: Option): string {
  return `--${name}${takes === undefined ? '' : ` ${takes}`}${multiple ? ' …' : ''}`
}

function sentenceOf({ says, multiple, required, default: value, otherwise }: Option): string {
  const notes = [
    ...(required === undefined ? [] : ['needed']),
    ...(multiple ? ['may be given again'] : []),
    ...(value === undefined ? [] : [`default: ${value}`]),
    ...(otherwise === undefined ? [] : [`default: ${otherwise}`]),
  ]
  return notes.length === 0 ? says : `${says} (${notes.join('; ')})`
}

function entry(name: string, text: string, width: number): string {
  const [first = '', ...others] = wrap(text, WIDTH - width)
  const indent = ' '.repeat(width)
  const begun = `  ${name}`
  const fits = begun.length + 2 <= width
  const lines = fits ? [`${begun.padEnd(width)}${first}`] : [begun, `${indent}${first}`]
  return [...lines, ...others.map((line) => `${indent}${line}`)].map((line) => `${line}\n`).join('')
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (longer.length <= width || line === '') line = longer
    else {
      lines.push(line)
      line = word
    }
  }
  return [...lines, line]
}
