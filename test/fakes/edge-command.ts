/**
 * `npm run edge` as a process of its own, for what the platform's test harness hides: its upstream calls go through Node.
 * I/O: a child process, files in a temporary folder; `close` ends and removes both.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'

export type EdgeCommand = {
  readonly url: string
  readonly appKey: string
  readonly adminToken: string
  /** All that it has printed. */
  printed(): string
  /** Sends the signal and resolves with the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>
  /** @throws Error unless it ended orderly. */
  close(): Promise<void>
}

/** Wrangler takes ports of its own besides, which another may have taken meanwhile. */
const TRIES = 3

/** Starts it on a free port. @throws Error with what it said, when it ends instead. */
export async function startEdgeCommand(
  environment: Readonly<Record<string, string>>,
): Promise<EdgeCommand> {
  for (let left = TRIES; ; left--) {
    try {
      return await startOnce(environment)
    } catch (error) {
      if (left === 1 || !String(error).includes('Address already in use')) throw error
    }
  }
}

async function startOnce(environment: Readonly<Record<string, string>>): Promise<EdgeCommand> {
  const folder = mkdtempSync(join(tmpdir(), 'chambers-edge-'))
  const child = spawn(process.execPath, ['scripts/edge.ts'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PORT: String(await freePort()), DATA_DIR: folder, ...environment },
  })
  let printed = ''
  const url = Promise.withResolvers<string>()
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      const listens = /listens on (\S+)\n/.exec(printed)
      if (listens?.[1]) url.resolve(listens[1])
    })
  }
  const remove = () => rmSync(folder, { recursive: true, force: true })
  void exited.then((code) => url.reject(new Error(`The edge ended with ${code}: ${printed}`)))
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal)
    return exited
  }
  const secret = (name: string) => readFileSync(join(folder, name), 'utf8').trim()
  try {
    return {
      url: await url.promise,
      appKey: secret('app-key'),
      adminToken: secret('admin-token'),
      printed: () => printed,
      end,
      async close() {
        const code = await end('SIGTERM')
        remove()
        if (code !== 0) throw new Error(`The edge ended with ${code}: ${printed}`)
      },
    }
  } catch (error) {
    remove()
    throw error
  }
}
