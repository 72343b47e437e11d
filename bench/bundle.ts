/**
 * The size of the Worker as wrangler would upload it, and the CPU that its modules cost when an isolate starts: that of
 * `workerd serve` from its start to its first answer, less that of the same with an empty Worker.
 */
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, start } from './processes.ts'
import { GATEWAY_CORE } from './programs.ts'
import { median, rounded, table } from './statistics.ts'
import { COMPATIBILITY_DATE, wranglerRequire } from './worker-bundle.ts'

const STARTS = 9
const ANSWER = "export default { fetch: () => new Response('ok') }\n"

export async function benchBundle(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'chambers-bench-'))
  try {
    const size = upload(folder)
    writeModules(folder)
    const empty: number[] = []
    const whole: number[] = []
    for (let count = 0; count < STARTS; count++) {
      empty.push(await startCpuMs(folder, 'empty'))
      whole.push(await startCpuMs(folder, 'whole'))
    }
    const beyond = whole.map((ms, at) => ms - (empty[at] ?? Number.NaN))
    return table(
      ['upload', 'gzip', 'start CPU, empty Worker, ms', 'with this Worker, ms', 'its own, ms'],
      [
        [
          size.whole,
          size.gzip,
          rounded(median(empty), 0),
          rounded(median(whole), 0),
          rounded(median(beyond), 0),
        ],
      ],
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Builds the Worker with wrangler, which says how much it would upload. */
function upload(folder: string): { readonly whole: string; readonly gzip: string } {
  const args = ['deploy', '--dry-run', '--outdir', folder]
  const built = spawnSync('npx', ['wrangler', ...args], {
    encoding: 'utf8',
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true' },
  })
  const [, whole = '', gzip = ''] =
    /Total Upload: ([\d.]+ \w+) \/ gzip: ([\d.]+ \w+)/.exec(built.stdout) ?? []
  if (gzip === '') throw new Error(`wrangler said no size: ${built.stderr}`)
  return { whole, gzip }
}

/** The same answer twice: by itself, and with the Worker's modules beside it. */
function writeModules(folder: string): void {
  const built = readdirSync(folder).find((name) => name.endsWith('.js'))
  if (built === undefined) throw new Error('wrangler built no module')
  copyFileSync(join(folder, built), join(folder, 'gateway.mjs'))
  writeFileSync(join(folder, 'empty.mjs'), ANSWER)
  writeFileSync(join(folder, 'whole.mjs'), `import './gateway.mjs'\n${ANSWER}`)
}

async function startCpuMs(folder: string, name: 'empty' | 'whole'): Promise<number> {
  const port = await freePort()
  const config = join(folder, `${name}.capnp`)
  writeFileSync(config, configOf(name, port))
  const command = [workerd(), 'serve', config]
  const started = await start({ core: GATEWAY_CORE, command, port })
  const spent = threadsCpuMs(started.pid)
  await started.stop()
  return spent
}

function configOf(name: 'empty' | 'whole', port: number): string {
  const files = [`${name}.mjs`, ...(name === 'whole' ? ['gateway.mjs'] : [])]
  const modules = files.map((file) => `(name = "${file}", esModule = embed "${file}")`)
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .measured)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
const measured :Workerd.Worker = (
  modules = [${modules.join(', ')}],
  compatibilityDate = "${COMPATIBILITY_DATE}"
);
`
}

/** CPU time of every thread of a process, from the scheduler. */
function threadsCpuMs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  const spent = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  )
  return spent.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e6
}

function workerd(): string {
  const { default: path } = wranglerRequire('workerd') as { readonly default: string }
  return path
}
