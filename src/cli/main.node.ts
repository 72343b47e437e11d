#!/usr/bin/env node
/**
 * The command line: the name of a command to the file that runs it. A table of contents.
 * Commands are loaded when they are called, so that `--help` costs nothing. Results go to stdout, the rest to stderr.
 */
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { type Command, type Io, UsageError } from './shell/io.ts'

type Entry = {
  /** The name with what it takes: `policy push FILE`. */
  readonly usage: string
  readonly summary: string
  readonly options?: readonly string[]
  readonly load: () => Promise<Command>
}

const COMMANDS: Readonly<Record<string, Entry>> = {
  serve: {
    usage: 'serve',
    summary: 'start the gateway, as the environment says',
    load: async () => (await import('./shell/serve.node.ts')).serveCommand,
  },
  'keys create': {
    usage: 'keys create',
    summary: 'make a gateway key',
    options: [
      '[--tenant T] [--app A] [--policy ID]…',
      '[--consent none|audit|harvest] [--mode off|shadow|enforce] [--rpm N] [--expires DATE]',
    ],
    load: async () => (await import('./keys/keys.node.ts')).keysCreate,
  },
  'keys list': {
    usage: 'keys list',
    summary: 'list gateway keys',
    load: async () => (await import('./keys/keys.node.ts')).keysList,
  },
  'keys revoke': {
    usage: 'keys revoke ID',
    summary: 'revoke a gateway key',
    load: async () => (await import('./keys/keys.node.ts')).keysRevoke,
  },
  'keys keypair': {
    usage: 'keys keypair --out FILE',
    summary: 'make the key pair of a signer, or of readers',
    options: [
      '[--kid NAME] [--alg EdDSA|ES256] [--jwks FILE]',
      '--for transcripts [--curve X25519|P-256]: for TRANSCRIPT_KEY',
    ],
    load: async () => (await import('./keys/keypair.node.ts')).keysKeypair,
  },
  'policy check': {
    usage: 'policy check [FOLDER]…',
    summary: 'check policies, naming file and line',
    load: async () => (await import('./policy/policy-check.node.ts')).policyCheck,
  },
  'policy test': {
    usage: 'policy test [FOLDER]…',
    summary: 'run the golden cases of policies',
    load: async () => (await import('./policy/policy-test.node.ts')).policyTest,
  },
  'policy build': {
    usage: 'policy build FOLDER',
    summary: 'compile a policy to its bundle, with digests',
    options: ['[--out FILE]'],
    load: async () => (await import('./policy/policy-build.node.ts')).policyBuild,
  },
  'policy diff': {
    usage: 'policy diff A B',
    summary: 'compare two policies, and what they do',
    options: [
      'A and B: a folder, a file, a revision, a digest, active, candidate or built-in',
      '[--policy ID] [--transcripts [--from TIME] [--to TIME] [--app A]',
      '[--limit N | --sample N] [--concurrency N] [--resume FILE] [--examples N]',
      '[--rejudge] [--no-judge | --stand-in] [--show-text] [--key FILE]]',
    ],
    load: async () => (await import('./policy/policy-diff.node.ts')).policyDiff,
  },
  'policy sign': {
    usage: 'policy sign FOLDER --key FILE',
    summary: 'sign a policy as its next revision',
    options: [
      '[--note TEXT] [--expires TIME|30d] [--not-before TIME] [--author A]',
      '[--number N] [--supersedes DIGEST] [--out FILE]',
      'policy sign --add FILE [--key FILE]: show what was signed, and sign it, too',
    ],
    load: async () => (await import('./policy/policy-sign.node.ts')).policySign,
  },
  'policy push': {
    usage: 'policy push FILE',
    summary: 'have a signed revision tested and kept',
    load: async () => (await import('./policy/policy-push.node.ts')).policyPush,
  },
  'policy activate': {
    usage: 'policy activate ID NUMBER',
    summary: 'let a pushed revision serve',
    options: ['[--shadow] [--percent P]'],
    load: async () => (await import('./policy/policy-activate.node.ts')).policyActivate,
  },
  'policy halt': {
    usage: 'policy halt ID',
    summary: 'take a staged revision back',
    load: async () => (await import('./policy/policy-activate.node.ts')).policyHalt,
  },
  'policy rollback': {
    usage: 'policy rollback ID --key FILE…',
    summary: 'serve what served before',
    options: [
      '[--to previous|NUMBER|DIGEST] [--note TEXT] [--author A] [--out FILE]',
      'policy rollback ID --file FILE: send what several people have signed',
    ],
    load: async () => (await import('./policy/policy-rollback.node.ts')).policyRollback,
  },
  'policy list': {
    usage: 'policy list [ID]',
    summary: 'list policies, or the revisions of one',
    load: async () => (await import('./policy/policy-list.node.ts')).policyList,
  },
  'policy status': {
    usage: 'policy status',
    summary: 'tell what serves where, and how rollouts do',
    options: ['[--watch]'],
    load: async () => (await import('./policy/policy-status.node.ts')).policyStatus,
  },
  'harvest batch': {
    usage: 'harvest batch FILE',
    summary: 'deliberate prompts of a file, without traffic',
    options: [
      'FILE: a line each of {id?, messages | prompt, section?, hints?, model?, parameters?}',
      '[--model M] [--samples K] [--policy ID] [--revision active|FOLDER|NUMBER|DIGEST]',
      '[--consent harvest|audit] [--tenant T] [--app A] [--batch NAME] [--state FILE]',
      '[--concurrency N] [--rpm N] [--tpm N] [--budget-tokens N]',
      '[--url URL --enqueue]: hand them to the queue of a gateway on Cloudflare',
    ],
    load: async () => (await import('./harvest/harvest-batch.node.ts')).harvestBatch,
  },
  'harvest export': {
    usage: 'harvest export --out PATH',
    summary: 'write judged transcripts as training data',
    options: [
      '--format sft|sft-cot|preference|kto|rl|judge|transcript',
      '[--parquet [--codec snappy|zstd|gzip|none] | --gzip] [--split 90/5/5] [--force]',
      '[--with-reasoning] [--think-tags] [--key FILE]',
      'which: [--policy ID] [--digest D] [--section S] [--decision D] [--outcome O]',
      '[--from DATE] [--to DATE] [--tenant T]… [--app A] [--session S] [--model M] [--family F] [--mode M] [--lang en]…',
      'how good: [--label good] [--min-score style=8]… [--min-samples N]',
      '[--decontaminate FILE]… [--keep-duplicates | --remove-duplicates] [--no-redaction]',
      '[--drop-special] [--hazard-from SEVERITY] [--hazard-words N] [--internal]',
      'how many: [--max-per-tenant N] [--max-per-template N] [--max-per-cell N]',
      '[--min-look-alikes SHARE]',
      '--url URL: the same files through that gateway; sealed transcripts are opened here, with --key',
    ],
    load: async () => (await import('./harvest/harvest-export.node.ts')).harvestExport,
  },
  'harvest golden': {
    usage: 'harvest golden --out FILE',
    summary: 'write overturned decisions as golden cases',
    options: ['[--policy ID] [--include-audit] [--key FILE]', '--url URL: through that gateway'],
    load: async () => (await import('./harvest/harvest-golden.node.ts')).harvestGolden,
  },
  'harvest msm': {
    usage: 'harvest msm --out FILE',
    summary: 'write documents from a policy, for midtraining',
    options: [
      '[--model M] [--documents N] [--policy ID] [--revision active|FOLDER|NUMBER|DIGEST]',
      '[--domains N] [--subdomains N] [--types N] [--assertions N] [--precedents N]',
      '[--assistant NAME] [--state FILE]',
      '[--concurrency N] [--rpm N] [--tpm N] [--budget-tokens N]',
    ],
    load: async () => (await import('./harvest/harvest-msm.node.ts')).harvestMsm,
  },
  'harvest stats': {
    usage: 'harvest stats',
    summary: 'tell what is there to be harvested',
    options: ['[--policy ID] [--app A] [--from TIME] [--to TIME] [--key FILE]'],
    load: async () => (await import('./harvest/harvest-stats.node.ts')).harvestStats,
  },
  'audit verify': {
    usage: 'audit verify',
    summary: 'prove that the audit log is whole',
    options: ['[--anchor SEQ:HASH]'],
    load: async () => (await import('./audit/audit.node.ts')).auditVerify,
  },
  'audit list': {
    usage: 'audit list',
    summary: 'tell who changed what',
    options: ['[--policy ID] [--limit N]'],
    load: async () => (await import('./audit/audit.node.ts')).auditList,
  },
}

const USAGE_WIDTH = 32

const HELP = `Usage: chambers COMMAND

${Object.values(COMMANDS)
  .map(({ usage, summary }) => `  ${usage.padEnd(USAGE_WIDTH)}${summary}`)
  .join('\n')}

chambers COMMAND --help tells its options. --json prints JSON, one value a line.
Keys, policies and the audit log are those of the gateway at --url or
CHAMBERS_URL (with --token or CHAMBERS_TOKEN; on this machine the token of its
first start), and without a URL those in DATA_DIR or DATABASE_URL.
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
    const { usage, summary, options = [] } = command
    io.stdout(
      [`Usage: chambers ${usage}`, ...options.map((line) => `  ${line}`), summary, ''].join('\n'),
    )
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

/** A command that reads a store from end to end shares its machine with a gateway. */
const READS_ALL = /^harvest (?:export|stats)( |$)/

/** Beside the program, which nobody else may write: what is read from there runs. */
const COMPILED = join(import.meta.dirname, '../../node_modules/.cache/chambers')

if (import.meta.main) {
  // What one command has compiled the next need not.
  enableCompileCache(COMPILED)
  const args = process.argv.slice(2)
  if (READS_ALL.test(args.filter((one) => one !== '--json').join(' '))) {
    const { keepHeapSmall } = await import('./shell/small-heap.node.ts')
    keepHeapSmall(import.meta.filename, args)
  }
  process.exitCode = await run(args, {
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
