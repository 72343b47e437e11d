/** The programs that are measured: the upstream on the load's core, whatever stands before it on the other. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Call } from './load.ts'
import { installPeer } from './peer.ts'
import { freePort, type Started, start } from './processes.ts'

export const GATEWAY_CORE = 0
export const LOAD_CORE = 1

/** Something to send requests to. */
export type Target = {
  readonly name: string
  /** Headers that it asks for. */
  readonly headers: Readonly<Record<string, string>>
} & Started

/** About 2 KB, as platform figures are usually given for. */
const QUESTION = `What is the capital of France? ${'I am writing a short travel guide. '.repeat(50)}`

/** One chat request of about 2 KB to `target`. */
export function chatCall(target: Target, fields: object = {}, text: string = QUESTION): Call {
  return {
    url: `${target.url}/v1/chat/completions`,
    headers: { 'content-type': 'application/json', ...target.headers },
    body: JSON.stringify({
      model: 'bench',
      messages: [{ role: 'user', content: text }],
      ...fields,
    }),
  }
}

export async function startUpstream(): Promise<Target> {
  const port = await freePort()
  const command = [process.execPath, 'bench/upstream.ts', String(port)]
  return { name: 'direct', headers: {}, ...(await start({ core: LOAD_CORE, command, port })) }
}

export async function startRawRelay(upstream: Started): Promise<Target> {
  const port = await freePort()
  const command = [process.execPath, 'bench/raw-relay.ts', String(port), upstream.url]
  const started = await start({ core: GATEWAY_CORE, command, port })
  return { name: 'raw relay', headers: {}, ...started }
}

/** The gateway with a data folder of its own, SQLite in it, and the key of its first start. */
export async function startChambers(
  upstream: Started,
  mode: 'off' | 'enforce',
  more: {
    readonly environment?: Readonly<Record<string, string>>
    readonly flags?: readonly string[]
  } = {},
): Promise<Target> {
  const port = await freePort()
  const dataDir = mkdtempSync(join(tmpdir(), 'chambers-bench-'))
  // As `npm start` runs it, and whatever a profile needs besides.
  const own = process.env.BENCH_GATEWAY_FLAGS?.split(' ') ?? []
  const flags = ['--max-semi-space-size=32', ...own, ...(more.flags ?? [])]
  const program = ['bench/gateway.ts', String(port), upstream.url, dataDir, mode]
  const command = [process.execPath, ...flags, ...program]
  const env = more.environment ?? {}
  const started = await start({ core: GATEWAY_CORE, command, port, env })
  const key = readFileSync(join(dataDir, 'app-key'), 'utf8').trim()
  return {
    name: `Chambers, ${mode}`,
    headers: { authorization: `Bearer ${key}` },
    ...started,
    async stop() {
      await started.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** The peer, or null where it cannot be installed. */
export async function startPeer(upstream: Started): Promise<Target | null> {
  const entry = installPeer()
  if (entry === null) return null
  const port = await freePort()
  const command = [process.execPath, entry, `--port=${port}`, '--headless']
  const env = { PORT: String(port) }
  const started = await start({ core: GATEWAY_CORE, command, port, env })
  return {
    name: '@portkey-ai/gateway 1.15.2',
    headers: {
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `${upstream.url}/v1`,
      authorization: 'Bearer none',
    },
    ...started,
  }
}

export async function stopAll(targets: readonly (Started | null)[]): Promise<void> {
  for (const target of targets) await target?.stop()
}
