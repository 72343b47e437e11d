import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AuthenticateAdmin } from '../../../../src/admin/authenticate-admin.ts'
import { SCOPES } from '../../../../src/admin/authenticate-admin.ts'
import { createApp } from '../../../../src/app.ts'
import { readConfig } from '../../../../src/start/config.ts'
import { createContainer } from '../../../../src/start/container.ts'
import { loadPolicies } from '../../../../src/start/node/load-policies.node.ts'
import { openDatabase } from '../../../../src/start/node/open-database.node.ts'
import { openDeskPlatform } from '../../../../src/start/node/open-desk-platform.node.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'chambers-desk-'))
const read = readConfig({ DATA_DIR: dataDir }, 'node')
if (!read.ok) throw new Error(read.failure.join('\n'))
const { config } = read.value

/** Whoever holds the process is the one who asks. */
const authenticateAdmin: AuthenticateAdmin = () =>
  Promise.resolve({
    subject: 'ann',
    actor: 'admin:ann',
    scopes: new Set(SCOPES),
    tenants: ['*'],
    policies: ['*'],
  })

async function openDesk() {
  const database = await openDatabase(config)
  const opened = await openDeskPlatform({
    config,
    database,
    policies: await loadPolicies(),
    report(error) {
      throw error
    },
  })
  const { dependencies } = await createContainer(config, opened.platform)
  const { desk } = dependencies
  const app = createApp({ ...dependencies, desk: { ...desk, authenticateAdmin } })
  return {
    ask: (path: string, init?: RequestInit) => app.request(`/admin/v1${path}`, init),
    async close() {
      await opened.close()
      await database.close()
    },
  }
}

let desk: Awaited<ReturnType<typeof openDesk>>
beforeAll(async () => {
  desk = await openDesk()
})
afterAll(async () => {
  await desk.close()
  rmSync(dataDir, { recursive: true, force: true })
})

it('serves the policies that came with the program, in process', async () => {
  const response = await desk.ask('/policies')
  expect(response.status).toBe(200)
  const { policies } = (await response.json()) as { policies: { policy: string }[] }
  expect(policies.map(({ policy }) => policy).sort()).toEqual(['agentic', 'default'])
})

it('changes what is at rest, and the audit log names who did', async () => {
  const body = JSON.stringify({ policies: ['*'] })
  const headers = { 'content-type': 'application/json' }
  const made = await desk.ask('/keys', { method: 'POST', headers, body })
  expect(made.status).toBe(201)
  const log = (await (await desk.ask('/audit')).json()) as { entries: { actor: string }[] }
  expect(log.entries).toMatchObject([{ actor: 'admin:ann', action: 'key.create' }])
})

it('is no instance, and counts itself in no status', async () => {
  const status = await (await desk.ask('/status')).json()
  expect(status).toMatchObject({ complete: true, instances: [] })
})

it('leaves nothing in the folder of a gateway but its database and the key of a signer', () => {
  const names = readdirSync(dataDir).filter((name) => !name.startsWith('chambers.db'))
  expect(names).toEqual(['policy-signer.json'])
})
