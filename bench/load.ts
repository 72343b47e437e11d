/** Load for the benchmarks: wrk for throughput, a plain loop over one socket for latency. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Call = {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type Throughput = {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly errors: number
}

/** True when wrk is installed; without it there are no throughput figures. */
export function hasWrk(): boolean {
  return spawnSync('wrk', ['--version']).error === undefined
}

/** One wrk run on `core` with `connections` connections for `seconds`. */
export async function throughput(
  call: Call,
  options: { readonly connections: number; readonly seconds: number; readonly core: number },
): Promise<Throughput> {
  const folder = mkdtempSync(join(tmpdir(), 'chambers-bench-'))
  const script = join(folder, 'post.lua')
  const headers = Object.entries(call.headers)
    .map(([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`)
    .join('\n')
  writeFileSync(script, `wrk.method = "POST"\nwrk.body = [==[${call.body}]==]\n${headers}\n`)
  const args = [
    '-c',
    String(options.core),
    'wrk',
    '-t1',
    `-c${options.connections}`,
    `-d${options.seconds}s`,
    '--latency',
    '-s',
    script,
    call.url,
  ]
  const output = await capture('taskset', args)
  rmSync(folder, { recursive: true, force: true })
  const errors = Number(/Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? 0)
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1] ?? Number.NaN),
    p50Ms: duration(/50%\s+([\d.]+\w+)/.exec(output)?.[1]),
    p99Ms: duration(/99%\s+([\d.]+\w+)/.exec(output)?.[1]),
    errors,
  }
}

/** One answer: the whole time and the first body byte in ms, and what the gateway says of its own time. */
export type Answered = {
  readonly totalMs: number
  readonly firstByteMs: number
  readonly serverTiming: string
}

/** Sends calls over kept connections; an answer other than 200 is an error. */
export function createCaller(): {
  readonly send: (call: Call) => Promise<Answered>
  readonly close: () => void
} {
  const agent = new Agent({ keepAlive: true })
  return { send: (call) => once(call, agent), close: () => agent.destroy() }
}

/** `count` requests one after the other over one connection. */
export async function latencies(call: Call, count: number): Promise<readonly Answered[]> {
  const caller = createCaller()
  const samples = []
  for (let index = 0; index < count; index++) samples.push(await caller.send(call))
  caller.close()
  return samples
}

/** The durations of a `server-timing` header, in ms by name. */
export function serverTimings(header: string): Readonly<Record<string, number>> {
  const entries = [...header.matchAll(/(\w+);dur=([\d.]+)/g)]
  return Object.fromEntries(entries.map(([, name, ms]) => [name, Number(ms)]))
}

async function once(call: Call, agent: Agent): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const request = httpRequest(
      call.url,
      {
        method: 'POST',
        agent,
        headers: { ...call.headers, 'content-length': Buffer.byteLength(call.body) },
      },
      (response) => {
        let firstByteMs = 0
        response.on('data', () => {
          firstByteMs ||= performance.now() - started
        })
        response.on('error', reject)
        response.on('end', () => {
          if (response.statusCode !== 200)
            return reject(new Error(`Status ${response.statusCode} from ${call.url}`))
          resolve({
            totalMs: performance.now() - started,
            firstByteMs,
            serverTiming: String(response.headers['server-timing'] ?? ''),
          })
        })
      },
    )
    request.on('error', reject)
    request.end(call.body)
  })
}

async function capture(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (piece: Buffer) => {
      output += piece.toString('utf8')
    })
    child.on('error', reject)
    child.on('exit', () => resolve(output))
  })
}

/** wrk's durations (`12.34us`, `1.20ms`, `2.00s`) in milliseconds. */
function duration(text: string | undefined): number {
  const match = /^([\d.]+)(us|ms|s|m)$/.exec(text ?? '')
  if (!match) return Number.NaN
  const factor = { us: 0.001, ms: 1, s: 1000, m: 60_000 }[match[2] ?? 'ms'] ?? 1
  return Number(match[1]) * factor
}
