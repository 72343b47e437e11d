/** Throughput of `off`, the pure relay, beside a bare relay and a peer, on one connection count. */
import { type Call, throughput } from './load.ts'
import { cpuSeconds } from './processes.ts'
import {
  chatCall,
  LOAD_CORE,
  startChambers,
  startPeer,
  startRawRelay,
  startUpstream,
  stopAll,
  type Target,
} from './programs.ts'
import { median, rounded, table } from './statistics.ts'

const ROUNDS = 7
const SECONDS = 3
const WARM_UP_SECONDS = 2
const CONNECTIONS = 32

type Run = {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly errors: number
  readonly cpuMs: number
}

export async function benchRelay(): Promise<string> {
  const upstream = await startUpstream()
  const raw = await startRawRelay(upstream)
  const chambers = await startChambers(upstream, 'off')
  const peer = await startPeer(upstream)
  const targets = [upstream, raw, chambers, ...(peer ? [peer] : [])]
  const compared = await compareRelays(targets, { raw, peer })
  await stopAll([peer, chambers, raw, upstream])
  return compared
}

type Yardsticks = { readonly raw: Target; readonly peer: Target | null }

/** Interleaved rounds over the targets, as a table with ratios to the yardsticks. */
export async function compareRelays(
  targets: readonly Target[],
  yardsticks: Yardsticks,
): Promise<string> {
  const runs = new Map<Target, Run[]>(targets.map((target) => [target, []]))
  // The first seconds of a program compile it.
  for (const target of targets) await run(target, WARM_UP_SECONDS)
  for (let round = 0; round < ROUNDS; round++) {
    for (const target of targets) runs.get(target)?.push(await run(target, SECONDS))
  }
  return report(runs, yardsticks)
}

/** One run against one target, with the CPU that its process spent on a request. */
export async function run(
  target: Target,
  seconds: number,
  call: Call = chatCall(target),
): Promise<Run> {
  const before = cpuSeconds(target.pid)
  const measured = await throughput(call, { connections: CONNECTIONS, seconds, core: LOAD_CORE })
  const spent = cpuSeconds(target.pid) - before
  return { ...measured, cpuMs: (spent * 1000) / (measured.perSecond * seconds) }
}

function report(runs: ReadonlyMap<Target, readonly Run[]>, { raw, peer }: Yardsticks): string {
  const ratio = (target: Target, other: Target | null) => {
    if (other === null) return '-'
    const pairs = (runs.get(target) ?? []).map(
      (one, round) => one.perSecond / (runs.get(other)?.[round]?.perSecond ?? Number.NaN),
    )
    return rounded(median(pairs))
  }
  const rows = [...runs].map(([target, all]) => [
    target.name,
    rounded(median(all.map((one) => one.perSecond)), 0),
    rounded(median(all.map((one) => one.p50Ms))),
    rounded(median(all.map((one) => one.p99Ms))),
    rounded(median(all.map((one) => one.cpuMs)), 3),
    ratio(target, raw),
    ratio(target, peer),
    all.reduce((sum, one) => sum + one.errors, 0),
  ])
  const headings = [
    'relay, 32 connections',
    'req/s',
    'p50 ms',
    'p99 ms',
    'CPU ms a request',
    'of the raw relay',
    'of the peer',
    'errors',
  ]
  return table(headings, rows)
}
