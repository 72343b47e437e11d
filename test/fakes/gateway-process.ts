/**
 * The Node entry as a process of its own, for what one process cannot show: a kill, several instances, a load beside it.
 * I/O: a child process on a free port with the data folder it is given. It is ended by its process id and no other.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export type GatewayProcess = {
  readonly url: string
  readonly child: ChildProcess
  /** What the first start left in the data folder under this name. */
  readonly secret: (name: 'app-key' | 'admin-token') => string
  /** Ends it at once; resolves when it is gone. */
  kill(): Promise<void>
}

/** @throws Error with what it said, when it ends instead of listening. */
export async function startGatewayProcess(
  dataDir: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<GatewayProcess> {
  const child = spawn(process.execPath, ['--max-semi-space-size=32', 'src/node.ts'], {
    env: { PATH: process.env.PATH, PORT: '0', DATA_DIR: dataDir, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  let printed = ''
  const url = await new Promise<string>((resolve, reject) => {
    const read = (text: Buffer) => {
      printed += String(text)
      const [found] = printed.match(/http:\/\/127\.0\.0\.1:\d+/) ?? []
      if (found) resolve(found)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('close', () => reject(new Error(`No gateway: ${printed}`)))
  })
  return {
    url,
    child,
    secret: (name) => readFileSync(join(dataDir, name), 'utf8').trim(),
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
