/** The command line in a process of its own, which is killed outright at a moment that its model server sees. Starts processes. */
import { spawn } from 'node:child_process'
import type { Upstream } from './upstream.ts'

export type KilledCommand = {
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly upstream: Upstream
}

/** Runs to the end for `kill` null, else until the model server was asked so many times more. */
export async function runCommand(
  { args, environment, upstream }: KilledCommand,
  kill: number | null,
): Promise<{ readonly code: number | null; readonly printed: string }> {
  const child = spawn(process.execPath, ['src/cli/main.node.ts', ...args], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => {
      printed += String(text)
    })
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  if (kill !== null) {
    await upstream.request(upstream.requests.length + kill)
    child.kill('SIGKILL')
  }
  return { code: await ended, printed }
}
