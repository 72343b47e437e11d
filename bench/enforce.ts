/**
 * What an enforced request costs beyond its model calls. From outside: its time, less that of the same calls (the draft,
 * then both reviews side by side) made directly; and as the gateway says it in `server-timing`: total less model.
 */
import { createCaller, hasWrk, serverTimings } from './load.ts'
import { type ModelCalls, takeDownCalls } from './model-calls.ts'
import { cpuSeconds } from './processes.ts'
import { chatCall, startChambers, startUpstream, stopAll, type Target } from './programs.ts'
import { run } from './relay.ts'
import { median, percentile, rounded, table } from './statistics.ts'

const ROUNDS = 9
const REQUESTS = 200
const WARM_UP = 1_000
const SECONDS = 3

export type Overhead = {
  readonly direct: readonly number[]
  readonly total: readonly number[]
  readonly own: readonly number[]
  /** CPU time of the gateway's process for one request, in ms. */
  readonly cpu: readonly number[]
}

export async function benchEnforce(): Promise<string> {
  const upstream = await startUpstream()
  const start = (before: Target) => startChambers(before, 'enforce')
  const calls = await takeDownCalls(upstream, { start, call: chatCall })
  const gateway = await start(upstream)
  const rounds = await measureOverhead(gateway, calls)
  const loaded = hasWrk() ? await loadedRow(gateway) : []
  await stopAll([gateway, upstream])
  return [overheadTable('Chambers on Node, SQLite', rounds), ...loaded].join('\n\n')
}

/** Rounds of requests through the gateway and of its model calls without it, in turns, one at a time. */
export async function measureOverhead(
  gateway: Target,
  { draft, reviews }: ModelCalls,
): Promise<readonly Overhead[]> {
  const caller = createCaller()
  const ask = chatCall(gateway)
  const askModels = async () => {
    const started = performance.now()
    await caller.send(draft)
    await Promise.all(reviews.map(caller.send))
    return performance.now() - started
  }
  for (let count = 0; count < WARM_UP; count++) {
    await caller.send(ask)
    if (count < REQUESTS) await askModels()
  }
  const rounds: Overhead[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const direct: number[] = []
    const answers = []
    const before = cpuSeconds(gateway.pid)
    for (let count = 0; count < REQUESTS; count++) answers.push(await caller.send(ask))
    const cpu = [((cpuSeconds(gateway.pid) - before) * 1000) / REQUESTS]
    for (let count = 0; count < REQUESTS; count++) direct.push(await askModels())
    rounds.push({
      direct,
      cpu,
      total: answers.map(({ totalMs }) => totalMs),
      own: answers.map(({ serverTiming }) => {
        const { total = Number.NaN, model = Number.NaN } = serverTimings(serverTiming)
        return total - model
      }),
    })
  }
  caller.close()
  return rounds
}

export function overheadTable(name: string, rounds: readonly Overhead[]): string {
  const each = (values: (round: Overhead) => readonly number[], share: number) =>
    rounds.map((round) => percentile(values(round), share))
  const beyond = ({ total, direct }: Overhead) => total.map((ms) => ms - median(direct))
  const row = (what: string, values: (round: Overhead) => readonly number[]) => [
    what,
    rounded(median(each(values, 0.5))),
    rounded(median(each(values, 0.9))),
    rounded(median(each(values, 0.99))),
    rounded(Math.min(...each(values, 0.5))),
    rounded(Math.min(...each(values, 0.99))),
  ]
  return table(
    [
      `${name}, one request at a time`,
      'p50 ms',
      'p90 ms',
      'p99 ms',
      'p50 of the quietest round',
      'p99 of the quietest round',
    ],
    [
      row('whole request', ({ total }) => total),
      row('its three model calls alone', ({ direct }) => direct),
      row('**overhead, from outside**', beyond),
      row('overhead, as `server-timing` says', ({ own }) => own),
      ['CPU of the gateway', rounded(median(rounds.flatMap(({ cpu }) => cpu))), '', '', '', ''],
    ],
  )
}

async function loadedRow(gateway: Target): Promise<readonly string[]> {
  await run(gateway, 1)
  const runs: Awaited<ReturnType<typeof run>>[] = []
  for (let round = 0; round < 3; round++) runs.push(await run(gateway, SECONDS))
  const of = (key: 'perSecond' | 'p50Ms' | 'p99Ms' | 'cpuMs', digits: number) =>
    rounded(median(runs.map((one) => one[key])), digits)
  const headings = ['enforced, 32 connections', 'req/s', 'p50 ms', 'p99 ms', 'CPU ms a request']
  return [
    table(headings, [
      [gateway.name, of('perSecond', 0), of('p50Ms', 1), of('p99Ms', 1), of('cpuMs', 2)],
    ]),
  ]
}
