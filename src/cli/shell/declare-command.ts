/**
 * A command, declared once: what it takes, in words for people and in rules for the parser. Help is made from the same
 * declaration that arguments are read by. Reads the arguments alone; it must never let one pass that is not declared.
 */
import { parseArgs } from 'node:util'
import { ArgumentError, type Io, UsageError } from './io.ts'

/** What comes after a name without dashes: `FILE`, `[ID]`, `[FOLDER]…`. */
export type Positional = {
  /** As usage and help name it: `FILE`. */
  readonly takes: string
  readonly says: string
  readonly optional?: true
  /** Takes all that are left, none too. */
  readonly multiple?: true
}

export type Option = {
  /** One sentence without its full stop. */
  readonly says: string
  /** What it takes, as help names it: `FILE`. Absent: it is a switch. */
  readonly takes?: string
  /** What it is where nobody gives it. */
  readonly default?: string
  /** What happens where nobody gives it, where that is more than a value. */
  readonly otherwise?: string
  readonly multiple?: true
  /** What to say where it is missing. */
  readonly required?: string
  /** Reads a value. @throws UsageError that says what to write instead. */
  readonly read?: (text: string, option: string) => unknown
}

export type Options = Readonly<Record<string, Option>>
export type Positionals = Readonly<Record<string, Positional>>

type ReadBy<One> = One extends { readonly read: (text: string, option: string) => infer Value }
  ? Value
  : string

type ValueOf<One extends Option> = One extends { readonly takes: string }
  ? One extends { readonly multiple: true }
    ? readonly ReadBy<One>[]
    : One extends { readonly default: string } | { readonly required: string }
      ? ReadBy<One>
      : ReadBy<One> | undefined
  : true | undefined

/** What was given, by option. What nobody gave and what has no default is no key of it. */
export type ValuesOf<Declared extends Options> = {
  readonly [Name in keyof Declared]: ValueOf<Declared[Name]>
}

export type NamedOf<Declared extends Positionals> = {
  readonly [Name in keyof Declared]: Declared[Name] extends { readonly multiple: true }
    ? readonly string[]
    : Declared[Name] extends { readonly optional: true }
      ? string | undefined
      : string
}

/** What a command was given, read. */
export type Given<TakenOptions extends Options, TakenPositionals extends Positionals> = {
  readonly values: ValuesOf<TakenOptions>
  readonly positionals: NamedOf<TakenPositionals>
  /** As they came, for a command that tells how to go on. */
  readonly args: readonly string[]
}

export type Command = {
  /** Other ways to use it: `policy rollback ID --file FILE`. */
  readonly also?: readonly string[]
  readonly positionals: Positionals
  readonly options: Options
  /** Runs on the arguments after the name; resolves with the exit code (0 done, 1 failed, 2 misused). */
  readonly run: (args: readonly string[], io: Io) => Promise<number>
}

type Declaration<TakenOptions extends Options, TakenPositionals extends Positionals> = {
  readonly also?: readonly string[]
  readonly options?: TakenOptions
  readonly positionals?: TakenPositionals
  /** What to say where positionals are too few or too many; where none are taken, there is a sentence for that. */
  readonly wanted?: string
  readonly run: (given: Given<TakenOptions, TakenPositionals>, io: Io) => Promise<number>
}

type None = Readonly<Record<never, never>>

export function declareCommand<
  const TakenOptions extends Options = None,
  const TakenPositionals extends Positionals = None,
>(declaration: Declaration<TakenOptions, TakenPositionals>): Command {
  const { also = [], options = {}, positionals = {}, wanted } = declaration
  return {
    also,
    options,
    positionals,
    async run(args, io) {
      const parsed = parse(args, options)
      const given = {
        values: readValues(parsed.values, options),
        positionals: readPositionals(parsed.positionals, positionals, wanted),
        args,
      }
      // The two readers went along the declarations that the types are made from.
      return declaration.run(given as Given<TakenOptions, TakenPositionals>, io)
    },
  }
}

type Parsed = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>

function parse(
  args: readonly string[],
  options: Options,
): { readonly values: Parsed; readonly positionals: readonly string[] } {
  const shapes = Object.entries(options).map(([name, { takes, multiple = false }]) => {
    return [name, { type: takes === undefined ? 'boolean' : 'string', multiple }] as const
  })
  try {
    return parseArgs({
      args: [...args],
      options: Object.fromEntries(shapes),
      allowPositionals: true,
    })
  } catch (error) {
    throw argumentErrorOf(error)
  }
}

/** What follows is about arguments that begin with dashes, which no command takes. */
const ADVICE = /(?<=^Unknown option '[^']*').*/s

function argumentErrorOf(error: unknown): unknown {
  const isOfParser =
    error instanceof TypeError &&
    'code' in error &&
    String(error.code).startsWith('ERR_PARSE_ARGS_')
  return isOfParser ? new ArgumentError(error.message.replace(ADVICE, '')) : error
}

function readValues(parsed: Parsed, options: Options): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {}
  for (const [name, option] of Object.entries(options)) {
    const { takes, multiple, required, read = (text: string) => text } = option
    const readOne = (text: unknown) => read(String(text), `--${name}`)
    const value = parsed[name] ?? option.default
    if (multiple) values[name] = [value ?? []].flat().map(readOne)
    else if (value !== undefined) values[name] = takes === undefined ? true : readOne(value)
    else if (required !== undefined) throw new UsageError(required)
  }
  return values
}

function readPositionals(
  given: readonly string[],
  declared: Positionals,
  wanted: string | undefined,
): Readonly<Record<string, string | readonly string[]>> {
  const left = [...given]
  const named: Record<string, string | readonly string[]> = {}
  for (const [name, { optional, multiple }] of Object.entries(declared)) {
    const value = multiple ? left.splice(0) : left.shift()
    if (value !== undefined) named[name] = value
    else if (!optional) throw new UsageError(wanted ?? `Give ${name}`)
  }
  const [needless] = left
  if (needless === undefined) return named
  if (wanted !== undefined) throw new UsageError(wanted)
  throw new ArgumentError(`Leave out '${needless}': only options are taken here`)
}
