#!/usr/bin/env node
/**
 * The command line: the name of a command to the file that runs it. A table of contents.
 * Commands are loaded when they are called, so that `--help` costs nothing. Results go to stdout, the rest to stderr.
 */
import { type Command, type Io, UsageError } from './io.ts'

type Entry = { readonly usage: string; readonly load: () => Promise<Command> }

const COMMANDS: Readonly<Record<string, Entry>> = {
  serve: {
    usage: 'serve                     start the gateway (configured by the environment)',
    load: async () => (await import('./serve.node.ts')).serveCommand,
  },
  'keys create': {
    usage:
      'keys create               make a gateway key  [--tenant T] [--app A] [--policy ID]… [--consent none|audit|harvest] [--mode off|shadow|enforce] [--rpm N] [--expires DATE]',
    load: async () => (await import('./keys.node.ts')).keysCreate,
  },
  'keys list': {
    usage: 'keys list                 list gateway keys',
    load: async () => (await import('./keys.node.ts')).keysList,
  },
  'keys revoke': {
    usage: 'keys revoke ID            revoke a gateway key',
    load: async () => (await import('./keys.node.ts')).keysRevoke,
  },
  'keys keypair': {
    usage:
      'keys keypair              make the key pair of a signer  --out FILE [--kid NAME] [--alg EdDSA|ES256] [--jwks FILE]',
    load: async () => (await import('./keypair.node.ts')).keysKeypair,
  },
  'policy check': {
    usage: 'policy check [FOLDER]…    check policies, naming file and line',
    load: async () => (await import('./policy-check.node.ts')).policyCheck,
  },
  'policy test': {
    usage: 'policy test [FOLDER]…     run the golden cases of policies',
    load: async () => (await import('./policy-test.node.ts')).policyTest,
  },
  'policy build': {
    usage: 'policy build FOLDER       compile a policy to its bundle, with digests  [--out FILE]',
    load: async () => (await import('./policy-build.node.ts')).policyBuild,
  },
  'policy diff': {
    usage:
      'policy diff A B           compare two bundles; each a folder, file, revision, digest, active, candidate or built-in  [--policy ID] [--transcripts [--from TIME] [--to TIME] [--app A] [--limit N | --sample N] [--concurrency N] [--resume FILE] [--examples N] [--rejudge] [--no-judge | --stand-in] [--show-text]]',
    load: async () => (await import('./policy-diff.node.ts')).policyDiff,
  },
}

const HELP = `Usage: chambers COMMAND

${Object.values(COMMANDS)
  .map(({ usage }) => `  ${usage}`)
  .join('\n')}

Keys speak to a running gateway with --url URL (and --token, or CHAMBERS_TOKEN), else they open DATA_DIR or DATABASE_URL.
--json prints JSON, one value a line.
`

/** Runs the command that the arguments name and gives its exit code. */
export async function run(all: readonly string[], streams: Omit<Io, 'json'>): Promise<number> {
  const io: Io = { ...streams, json: all.includes('--json') }
  const args = all.filter((argument) => argument !== '--json')
  const [first = '', second = ''] = args
  if (first === '' || first === 'help' || first === '--help' || first === '-h') {
    io.stdout(HELP)
    return first === '' ? 2 : 0
  }
  const name = Object.hasOwn(COMMANDS, first) ? first : `${first} ${second}`.trim()
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (!command) {
    io.stderr(`Unknown command: ${name}\n\n${HELP}`)
    return 2
  }
  const rest = args.slice(name.split(' ').length)
  if (rest.includes('--help') || rest.includes('-h')) {
    io.stdout(`Usage: chambers ${command.usage.replace(/ {2,}/g, '  ')}\n`)
    return 0
  }
  try {
    return await (await command.load())(rest, io)
  } catch (error) {
    io.stderr(`${error instanceof Error ? error.message : String(error)}\n`)
    return isMisuse(error) ? 2 : 1
  }
}

function isMisuse(error: unknown): boolean {
  if (error instanceof UsageError) return true
  // Node's own parser of arguments.
  return (
    error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  )
}

if (import.meta.main) {
  process.exitCode = await run(process.argv.slice(2), {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    environment: process.env,
    terminal: {
      stdout: process.stdout.isTTY === true,
      stderr: process.stderr.isTTY === true,
      columns: process.stdout.columns ?? process.stderr.columns ?? 80,
    },
  })
}
