import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOpen, openTranscript } from '../../../src/transcript/seal/open.ts'
import { zlibCompression } from '../../../src/transcript/zlib-compression.node.ts'
import { startGatewayProcess } from '../../fakes/gateway-process.ts'
import { findPostgres, startPostgres } from '../../fakes/postgres.ts'
import { createKeyPair } from '../../fakes/transcript-keys.ts'
import { describeExtremes, type ExtremesTarget } from '../../runtime/extremes-suite.ts'

async function startNode(
  upstream: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<ExtremesTarget> {
  const dataDir = mkdtempSync(join(tmpdir(), 'chambers-extremes-'))
  const gateway = await startGatewayProcess(dataDir, {
    UPSTREAM_BASE_URL: upstream,
    UPSTREAM_REASONING: 'tagged',
    UPSTREAM_TRAINING_RIGHTS: 'open',
    ...environment,
  })
  return {
    url: gateway.url,
    adminToken: gateway.secret('admin-token'),
    async close() {
      await gateway.kill()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

describeExtremes('Node with SQLite', startNode)

describeExtremes('Node with SQLite, sealed', async (upstream) => {
  const { publicKey, privateKey } = await createKeyPair()
  const open = await createOpen([privateKey])
  const target = await startNode(upstream, { TRANSCRIPT_KEY: JSON.stringify(publicKey) })
  return {
    ...target,
    async open(id, sealed) {
      const opened = await openTranscript({ id, sealed }, { open, compression: zlibCompression })
      return opened.ok ? opened.value : null
    },
  }
})

if (findPostgres()) {
  describeExtremes('Node with PostgreSQL', async (upstream) => {
    const server = await startPostgres()
    const end = () => server[Symbol.asyncDispose]()
    const target = await startNode(upstream, { DATABASE_URL: server.url }).catch(async (error) => {
      await end()
      throw error
    })
    return {
      ...target,
      async close() {
        await target.close()
        await end()
      },
    }
  })
}
