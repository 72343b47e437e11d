/**
 * A policy desk for tests of the command line: a folder of its own with a policy and the keys of three people, in front of a
 * gateway or of a bare database. I/O: files in a temporary folder, a server on a free port; `close` removes both.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Io } from '../../../src/cli/shell/io.ts'
import { POLICIES_FOLDER } from '../../../src/start/node/load-policies.node.ts'
import { startTestGateway, type TestGateway } from '../../fakes/gateway.ts'
import { chambersIn, type Ran } from '../../unit/cli/chambers.ts'

export type Way = 'gateway' | 'database'

export type Desk = {
  /** The folder of the policy `agentic`, to be altered. */
  readonly policy: string
  /** The folder with everything. */
  readonly folder: string
  readonly dataDir: string
  readonly environment: Io['environment']
  /** Those whose signatures count there. */
  readonly signers: { readonly POLICY_SIGNERS: string }
  readonly gateway: TestGateway | null
  /** A file of the folder. */
  readonly file: (name: string) => string
  readonly key: (person: 'ann' | 'bob' | 'eve') => string
  /** A command that is told where the policies are. */
  readonly chambers: (...args: readonly string[]) => Promise<Ran>
  /** The same as JSON, a value a line. */
  readonly json: (...args: readonly string[]) => Promise<readonly Json[]>
  /** Alters a file of the policy. */
  readonly edit: (path: string, before: string, after: string) => void
  /** Signs and pushes the policy as it is now; gives the number. */
  publish(title: string, ...people: readonly ('ann' | 'bob')[]): Promise<number>
  [Symbol.asyncDispose](): Promise<void>
}

/** What a command prints: tests look into it. */
export type Json = ReturnType<typeof JSON.parse>

/** Ann and Bob may sign; Eve has a key, too. */
export async function openDesk(
  way: Way,
  more: Pick<Io, 'terminal' | 'signal'> = {},
): Promise<Desk> {
  const folder = mkdtempSync(join(tmpdir(), 'chambers-desk-'))
  const file = (name: string) => join(folder, name)
  const alone = chambersIn({})
  for (const person of ['ann', 'bob']) {
    await alone(
      'keys',
      'keypair',
      '--kid',
      person,
      '--out',
      file(`${person}.json`),
      '--jwks',
      file('jwks'),
    )
  }
  await alone('keys', 'keypair', '--kid', 'eve', '--out', file('eve.json'))
  const policy = file('agentic')
  cpSync(join(POLICIES_FOLDER, 'agentic'), policy, { recursive: true })
  const signers = { POLICY_SIGNERS: readFileSync(file('jwks'), 'utf8') }
  const gateway =
    way === 'gateway'
      ? await startTestGateway({ upstream: 'stand-in', environment: signers })
      : null
  const dataDir = gateway?.dataDir ?? file('data')
  const environment = { DATA_DIR: dataDir, ...(!gateway && signers) }
  const run = chambersIn(environment, more)
  const where = gateway ? ['--url', gateway.url] : []
  const edit = (path: string, before: string, after: string) => {
    const text = readFileSync(join(policy, path), 'utf8')
    if (!text.includes(before)) throw new Error(`Not in ${path}: ${before}`)
    writeFileSync(join(policy, path), text.replace(before, after))
  }
  const chambers = (...args: readonly string[]) => run(...args, ...where)
  const json = async (...args: readonly string[]) => {
    const { stdout, stderr } = await chambers(...args, '--json')
    if (stdout === '') throw new Error(stderr)
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  }
  // A database is there from the first command that needs one.
  await chambers('policy', 'list')
  return {
    policy,
    folder,
    dataDir,
    environment,
    signers,
    gateway,
    file,
    key: (person) => file(`${person}.json`),
    chambers,
    json,
    edit,
    async publish(title, first = 'ann', ...others) {
      const text = readFileSync(join(policy, 'policy.yaml'), 'utf8')
      writeFileSync(join(policy, 'policy.yaml'), text.replace(/^title: .*$/m, `title: ${title}`))
      const out = file(`${title}.revision.json`)
      const [signed] = await json(
        'policy',
        'sign',
        policy,
        '--key',
        file(`${first}.json`),
        '--out',
        out,
      )
      for (const person of others)
        await json('policy', 'sign', '--add', out, '--key', file(`${person}.json`))
      const [pushed] = await json('policy', 'push', out)
      if (!pushed.ok) throw new Error(JSON.stringify(pushed))
      return signed.number
    },
    async [Symbol.asyncDispose]() {
      await gateway?.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
