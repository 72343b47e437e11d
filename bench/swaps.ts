/**
 * A thousand swaps of a policy under two hundred concurrent requests, streams among them: on Node with SQLite, on three
 * instances with one PostgreSQL, on workerd with D1. A model server that takes half a second keeps requests under way
 * through several swaps. Any fault of any request fails the run.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AdminIssuer, createAdminIssuer } from '../test/fakes/admin-issuer.ts'
import { drillSwaps, unhurried } from '../test/fakes/drill-revisions.ts'
import { startTestEdge } from '../test/fakes/edge.ts'
import { startGatewayProcess } from '../test/fakes/gateway-process.ts'
import { findPostgres, startPostgres } from '../test/fakes/postgres.ts'
import { createSigner, keySetOf, type Signer } from '../test/fakes/revisions.ts'
import { createSpeaker, type Speaker } from '../test/fakes/speaker.ts'
import type { DrillReport, DrillTarget } from '../test/fakes/swap-drill.ts'
import { startUpstream, type Upstream } from '../test/fakes/upstream.ts'

const SWAPS = Number(process.env.BENCH_SWAPS ?? 1_000)
const CONCURRENCY = 200

type Drill = {
  readonly name: string
  readonly speaker: Speaker
  readonly upstream: Upstream
  readonly issuer: AdminIssuer
  readonly signer: Signer
}

export async function benchSwaps(): Promise<string> {
  const rows = [
    await drillOn('Node, SQLite', (drill) => onNode(drill, 1, {})),
    ...(findPostgres() === null ? [] : [await drillOn('3 × Node, PostgreSQL', onPostgres)]),
    await drillOn('workerd, D1', onEdge),
  ]
  return [
    '| where | swaps | requests (streams) | faults | publish to served: p50 / p99 / max | activation answered: p50 / p99 |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}

async function drillOn(name: string, run: (drill: Drill) => Promise<DrillReport>): Promise<string> {
  const speaker = createSpeaker()
  await using upstream = await startUpstream(unhurried(speaker))
  const [issuer, signer] = [await createAdminIssuer(), await createSigner('bench')]
  const report = await run({ name: name.replace(/\W+/g, '-'), speaker, upstream, issuer, signer })
  const { requests, streams, faults, servedMs, activationMs } = report
  if (faults.length > 0) process.stdout.write(`${name}: ${faults.slice(0, 10).join('; ')}\n`)
  const served = `${servedMs.p50} / ${servedMs.p99} / ${servedMs.max} ms`
  const answered = `${activationMs.p50} / ${activationMs.p99} ms`
  return `| ${name} | ${SWAPS} | ${requests} (${streams}) | ${faults.length} | ${served} | ${answered} |`
}

async function onPostgres(drill: Drill): Promise<DrillReport> {
  await using postgres = await startPostgres()
  return await onNode(drill, 3, { DATABASE_URL: postgres.url })
}

async function onNode(
  drill: Drill,
  instances: number,
  environment: Readonly<Record<string, string>>,
): Promise<DrillReport> {
  const { upstream, issuer, signer } = drill
  const folder = mkdtempSync(join(tmpdir(), 'chambers-bench-'))
  const gateways = []
  try {
    for (let instance = 0; instance < instances; instance++) {
      gateways.push(
        await startGatewayProcess(join(folder, String(instance)), {
          UPSTREAM_BASE_URL: upstream.url,
          POLICY_SIGNERS: JSON.stringify(keySetOf(signer)),
          ...issuer.variables,
          ...environment,
        }),
      )
    }
    const urls = gateways.map(({ url }) => url)
    const appKey = gateways[0]?.secret('app-key') ?? ''
    return await swap(drill, { urls, appKey, adminToken: issuer.token })
  } finally {
    for (const gateway of gateways) await gateway.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function onEdge(drill: Drill): Promise<DrillReport> {
  const edge = await startTestEdge({ upstream: drill.upstream.url })
  try {
    const target = { urls: [edge.url], appKey: edge.appKey, adminToken: edge.tokenOf }
    return await swap({ ...drill, signer: edge.signer }, target)
  } finally {
    await edge.close()
  }
}

function swap({ name, signer, speaker }: Drill, target: DrillTarget): Promise<DrillReport> {
  return drillSwaps({ target, name, signer, speaker, swaps: SWAPS, concurrency: CONCURRENCY })
}
