/** Starts the measured programs as child processes pinned to a core, and stops them by pid. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'

export type Started = { readonly url: string; readonly pid: number; stop(): Promise<void> }

const hasTaskset = spawnSync('taskset', ['--version']).status === 0

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = address && typeof address === 'object' ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

/** Runs `command` on one core; ready when `url` answers anything at all. */
export async function start(options: {
  readonly core: number
  readonly command: readonly string[]
  readonly port: number
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}): Promise<Started> {
  const [program = '', ...args] = hasTaskset
    ? ['taskset', '-c', String(options.core), ...options.command]
    : options.command
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production', ...options.env },
    ...(options.cwd ? { cwd: options.cwd } : {}),
  })
  const url = `http://127.0.0.1:${options.port}`
  await answering(url, child)
  return { url, pid: child.pid ?? 0, stop: () => stop(child) }
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  const until = performance.now() + 30_000
  while (performance.now() < until) {
    if (child.exitCode !== null)
      throw new Error(`The program for ${url} ended with ${child.exitCode}`)
    try {
      const reply = await fetch(`${url}/healthz`, {
        signal: AbortSignal.timeout(2_000),
        method: 'POST',
        body: '{}',
      })
      await reply.arrayBuffer()
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  throw new Error(`Nothing answers at ${url}`)
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await ended
  clearTimeout(timer)
}

/** Resident memory of a process in MB, from the kernel. */
export function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024
}

/** CPU time that a process has spent so far, its threads included, to 10 ms. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}
