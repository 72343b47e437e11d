/**
 * What the record of a request costs it: whole enforced requests, two hundred side by side, into each store, in the clear and
 * sealed, beside the same gateway that keeps nothing at all. Rounds are interleaved; every program has the same core.
 */
import { exportJWK, generateKeyPair } from 'jose'
import { findPostgres, startPostgres } from '../test/fakes/postgres.ts'
import { createCaller } from './load.ts'
import { cpuSeconds } from './processes.ts'
import { chatCall, startChambers, startUpstream, stopAll, type Target } from './programs.ts'
import { median, percentile, rounded, table } from './statistics.ts'

const CONCURRENCY = 200
const REQUESTS = 800
const WARM_UP = 400
const ROUNDS = 7

type Run = {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly cpuMs: number
}

export async function benchRecording(): Promise<string> {
  const upstream = await startUpstream()
  const postgres = findPostgres() ? await startPostgres() : null
  const pair = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true })
  const sealed = { TRANSCRIPT_KEY: JSON.stringify(await exportJWK(pair.publicKey)) }
  const start = async (name: string, options: Parameters<typeof startChambers>[2] = {}) => ({
    ...(await startChambers(upstream, 'enforce', options)),
    name,
  })
  const targets = [
    await start('no store', { flags: ['--import', './bench/without-store.ts'] }),
    await start('SQLite'),
    await start('SQLite, sealed', { environment: sealed }),
  ]
  if (postgres) {
    const environment = { DATABASE_URL: postgres.url }
    targets.push(
      await start('PostgreSQL', { environment }),
      await start('PostgreSQL, sealed', { environment: { ...environment, ...sealed } }),
    )
  }
  const runs = new Map<Target, Run[]>(targets.map((target) => [target, []]))
  for (const target of targets) await run(target, WARM_UP)
  for (let round = 0; round < ROUNDS; round++) {
    for (const target of targets) runs.get(target)?.push(await run(target, REQUESTS))
  }
  await stopAll([...targets, upstream])
  await postgres?.[Symbol.asyncDispose]()
  return report(runs)
}

/** So many requests, as many side by side as there may be; one that fails ends the measurement. */
async function run(target: Target, requests: number): Promise<Run> {
  const caller = createCaller()
  const call = chatCall(target)
  const times: number[] = []
  let left = requests
  const startedMs = performance.now()
  const before = cpuSeconds(target.pid)
  const ask = async () => {
    while (left-- > 0) times.push((await caller.send(call)).totalMs)
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, ask))
  const seconds = (performance.now() - startedMs) / 1000
  const cpuMs = ((cpuSeconds(target.pid) - before) * 1000) / requests
  caller.close()
  return {
    perSecond: requests / seconds,
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
    cpuMs,
  }
}

function report(runs: ReadonlyMap<Target, readonly Run[]>): string {
  const [none = []] = runs.values()
  /** Against the run beside it, since the machine is not as busy all the time. */
  const beyond = (all: readonly Run[], of: (one: Run) => number) =>
    rounded(median(all.map((one, round) => of(one) - of(none[round] ?? one))))
  const rows = [...runs].map(([{ name }, all]) => [
    name,
    rounded(median(all.map(({ perSecond }) => perSecond)), 0),
    rounded(median(all.map(({ p50Ms }) => p50Ms)), 0),
    rounded(median(all.map(({ p99Ms }) => p99Ms)), 0),
    rounded(median(all.map(({ cpuMs }) => cpuMs))),
    all === none ? '-' : beyond(all, ({ cpuMs }) => cpuMs),
    all === none ? '-' : beyond(all, ({ perSecond }) => 1000 / perSecond),
  ])
  const headings = [
    'enforced, 200 side by side',
    'req/s',
    'p50 ms',
    'p99 ms',
    'CPU ms a request',
    'of it for the record',
    'ms a request more than without a store',
  ]
  return table(headings, rows)
}
