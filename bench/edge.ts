/** The Worker on `workerd serve`: its relay at 32 connections beside the bare relay on Node, and what enforcing costs. */

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { measureOverhead, overheadTable } from './enforce.ts'
import { hasWrk } from './load.ts'
import { takeDownCalls } from './model-calls.ts'
import { freePort, type Started, start } from './processes.ts'
import {
  chatCall,
  GATEWAY_CORE,
  startRawRelay,
  startUpstream,
  stopAll,
  type Target,
} from './programs.ts'
import { compareRelays } from './relay.ts'

const KEY_MS = 30_000

export async function benchEdge(): Promise<string> {
  const upstream = await startUpstream()
  const relays = hasWrk() ? [await relayTable(upstream)] : []
  const enforcing = (before: Target) => startEdge(before, 'enforce')
  const calls = await takeDownCalls(upstream, { start: enforcing, call: chatCall })
  const gateway = await enforcing(upstream)
  const overhead = overheadTable('Chambers on workerd', await measureOverhead(gateway, calls))
  await stopAll([gateway, upstream])
  return [...relays, overhead].join('\n\n')
}

async function relayTable(upstream: Target): Promise<string> {
  const raw = await startRawRelay(upstream)
  const edge = await startEdge(upstream, 'off')
  const table = await compareRelays([raw, edge], { raw, peer: null })
  await stopAll([edge, raw])
  return table
}

/** The Worker with an app's key, its data in a folder of its own. */
async function startEdge(upstream: Started, mode: 'off' | 'enforce'): Promise<Target> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'chambers-bench-'))
  const program = ['bench/edge-gateway.ts', String(port), upstream.url, folder, mode]
  const command = [process.execPath, ...program]
  const started = await start({ core: GATEWAY_CORE, command, port })
  const until = performance.now() + KEY_MS
  while (!existsSync(join(folder, 'app-key'))) {
    if (performance.now() > until) throw new Error('The Worker made no key')
    await pause(50)
  }
  return {
    name: `Chambers on workerd, ${mode}`,
    headers: { authorization: `Bearer ${readFileSync(join(folder, 'app-key'), 'utf8')}` },
    ...started,
    pid: workerdOf(started.pid),
    async stop() {
      await started.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The workerd that Miniflare runs. */
function workerdOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
  const workerd = children.find((child) =>
    readFileSync(`/proc/${child}/comm`, 'utf8').startsWith('workerd'),
  )
  return Number(workerd ?? pid)
}
