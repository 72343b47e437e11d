#!/usr/bin/env node
/**
 * The command line: finds the command that the arguments name, helps where asked, and turns what went wrong into an exit code.
 * Commands are loaded when they are called, so that `--help` costs nothing. Results go to stdout, the rest to stderr.
 */
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { replaceFetch } from '../lib/sound-fetch.node.ts'
import { COMMANDS } from './commands.node.ts'
import { ArgumentError, type Io, UsageError } from './shell/io.ts'
import { openOutput } from './shell/output.node.ts'
import { renderCommandHelp, renderCommands } from './shell/render-help.ts'
import { tellError } from './shell/tell-error.ts'

const WHERE = `Keys, policies and the audit log are those of the gateway at --url or
CHAMBERS_URL (with --token or CHAMBERS_TOKEN; on this machine the token of its
first start), and without a URL those in DATA_DIR or DATABASE_URL.
`

function renderTop(): string {
  return `Usage: chambers COMMAND

${renderCommands(Object.values(COMMANDS))}
chambers COMMAND --help tells its options. --json prints JSON, one value a line.
${WHERE}`
}

/** The commands of a group, as `policy`; null where there is no such group. */
function renderGroup(group: string): string | null {
  const listed = Object.entries(COMMANDS).filter(([name]) => name.startsWith(`${group} `))
  if (listed.length === 0) return null
  const commands = renderCommands(listed.map(([, entry]) => entry))
  return `Usage: chambers ${group} COMMAND\n\n${commands}\nchambers ${group} COMMAND --help tells its options.\n`
}

/** Runs the command that the arguments name and gives its exit code. */
export async function run(all: readonly string[], streams: Omit<Io, 'json'>): Promise<number> {
  const io: Io = { ...streams, json: all.includes('--json') }
  const args = all.filter((argument) => argument !== '--json')
  const [first = '', second = ''] = args
  if (first === '' || first === 'help' || isHelp(first)) {
    io.stdout(renderTop())
    return first === '' ? 2 : 0
  }
  const group = renderGroup(first)
  if (group !== null && isHelp(second)) {
    io.stdout(group)
    return 0
  }
  const name = Object.hasOwn(COMMANDS, first) ? first : `${first} ${second}`.trim()
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (!entry) {
    io.stderr(`Unknown command: ${name}\n\n${group ?? renderTop()}`)
    return 2
  }
  const rest = args.slice(name.split(' ').length)
  try {
    const command = await entry.load()
    if (!rest.some(isHelp)) return await command.run(rest, io)
    io.stdout(renderCommandHelp(entry, command))
    return 0
  } catch (error) {
    io.stderr(`${tellError(error)}\n`)
    if (error instanceof ArgumentError) io.stderr(`See chambers ${name} --help\n`)
    return error instanceof UsageError ? 2 : 1
  }
}

function isHelp(argument: string): boolean {
  return argument === '--help' || argument === '-h'
}

/** A command that reads a store from end to end shares its machine with a gateway. */
const READS_ALL = /^harvest (?:export|stats)( |$)/

/** Beside the program, which nobody else may write: what is read from there runs. */
const COMPILED = join(import.meta.dirname, '../../node_modules/.cache/chambers')

if (import.meta.main) {
  replaceFetch()
  // What one command has compiled the next need not.
  enableCompileCache(COMPILED)
  const args = process.argv.slice(2)
  if (READS_ALL.test(args.filter((one) => one !== '--json').join(' '))) {
    const { keepHeapSmall } = await import('./shell/small-heap.node.ts')
    keepHeapSmall(import.meta.filename, args)
  }
  const { unread, ...output } = openOutput(process)
  process.exitCode = await run(args, {
    ...output,
    signal: unread,
    environment: process.env,
    terminal: {
      stdout: process.stdout.isTTY === true,
      stderr: process.stderr.isTTY === true,
      columns: process.stdout.columns ?? process.stderr.columns ?? 80,
    },
  })
}
