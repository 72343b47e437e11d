/** Policies that are swapped again and again under load: one instance with SQLite, and three with one PostgreSQL. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AdminIssuer, createAdminIssuer } from '../../fakes/admin-issuer.ts'
import { drillSwaps, unhurried } from '../../fakes/drill-revisions.ts'
import { type GatewayProcess, startGatewayProcess } from '../../fakes/gateway-process.ts'
import { findPostgres, startPostgres } from '../../fakes/postgres.ts'
import { createSigner, keySetOf, type Signer } from '../../fakes/revisions.ts'
import { createSpeaker } from '../../fakes/speaker.ts'
import type { DrillReport } from '../../fakes/swap-drill.ts'
import { startUpstream, type Upstream } from '../../fakes/upstream.ts'

const CONCURRENCY = 200

const speaker = createSpeaker()
const folders: string[] = []
const processes: GatewayProcess[] = []
let upstream: Upstream
let issuer: AdminIssuer
let signer: Signer
beforeAll(async () => {
  upstream = await startUpstream(unhurried(speaker))
  issuer = await createAdminIssuer()
  signer = await createSigner('drill')
})
afterAll(async () => {
  for (const gateway of processes) await gateway.kill()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  await upstream.close()
})

async function start(environment: Readonly<Record<string, string>>): Promise<GatewayProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'chambers-swaps-'))
  folders.push(folder)
  const gateway = await startGatewayProcess(folder, {
    UPSTREAM_BASE_URL: upstream.url,
    POLICY_SIGNERS: JSON.stringify(keySetOf(signer)),
    ...issuer.variables,
    ...environment,
  })
  processes.push(gateway)
  return gateway
}

async function drill(gateways: readonly GatewayProcess[], swaps: number): Promise<DrillReport> {
  const target = {
    urls: gateways.map(({ url }) => url),
    appKey: gateways[0]?.secret('app-key') ?? '',
    adminToken: issuer.token,
  }
  const name = `on-${gateways.length}`
  const report = await drillSwaps({
    target,
    name,
    signer,
    swaps,
    speaker,
    concurrency: CONCURRENCY,
  })
  for (const gateway of gateways) await gateway.kill()
  return report
}

function expectSound(report: DrillReport): void {
  expect(report.faults).toEqual([])
  expect(report.streams).toBeGreaterThan(CONCURRENCY)
  expect(report.editionsServed).toBeGreaterThan(10)
}

describe('policies swapped under load', () => {
  it('serve each request under one whole revision, on SQLite', async () => {
    expectSound(await drill([await start({})], 100))
  })

  it.skipIf(findPostgres() === null)(
    'serve each request under one whole revision, on three instances with one PostgreSQL',
    async () => {
      await using postgres = await startPostgres()
      const environment = { DATABASE_URL: postgres.url }
      const gateways = []
      for (let instance = 0; instance < 3; instance++) gateways.push(await start(environment))
      expectSound(await drill(gateways, 50))
    },
  )
})
