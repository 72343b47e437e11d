/** Policies of gateways that share a PostgreSQL: where an activation serves, and what serves while the database is gone. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Gateway, startGateway } from '../../../src/node.ts'
import { loadPolicies } from '../../../src/start/node/load-policies.node.ts'
import { findPostgres, type PostgresServer, startPostgres } from '../../fakes/postgres.ts'
import { PUSHED_POLICY, type PushedRevision, pushRevisions } from '../../fakes/push-revisions.ts'
import { createSigner, keySetOf } from '../../fakes/revisions.ts'

const installed = findPostgres() !== null

type Ready = {
  readonly state: string
  readonly spooled: number
  readonly revisions: readonly { readonly policy: string; readonly state: string }[]
}

describe.skipIf(!installed)('policies on a PostgreSQL', () => {
  let server: PostgresServer
  let revisions: readonly PushedRevision[] = []
  const signer = createSigner('desk')
  const policies = loadPolicies()
  const folders: string[] = []
  const open = new Set<Gateway>()

  /** A gateway over a data folder that outlives it. */
  const start = async (dataDir: string) => {
    const printed: string[] = []
    const gateway = await startGateway({
      environment: {
        PORT: '0',
        DATA_DIR: dataDir,
        DATABASE_URL: server.url,
        POLICY_SIGNERS: JSON.stringify(keySetOf(await signer)),
      },
      print: (text) => printed.push(text),
      policies: await policies,
    })
    open.add(gateway)
    const secret = (name: string) => readFileSync(join(dataDir, name), 'utf8').trim()
    const headers = (token: string) => ({
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
    })
    return {
      ...gateway,
      printed: () => printed.join(''),
      adminToken: secret('admin-token'),
      async close() {
        open.delete(gateway)
        await gateway.close()
      },
      ask: async (policy = PUSHED_POLICY) => {
        const response = await fetch(`${gateway.url}/v1/chat/completions`, {
          method: 'POST',
          headers: { ...headers(secret('app-key')), 'x-chambers-policy': policy },
          body: JSON.stringify({
            model: 'stand-in',
            messages: [{ role: 'user', content: 'Good day' }],
          }),
        })
        const body = await response.text()
        const served = response.headers.get('x-chambers-policy')?.split('@')[1]
        return { status: response.status, served, body, response }
      },
      ready: async () => {
        const asked = { headers: headers(secret('admin-token')) }
        return (await fetch(`${gateway.url}/readyz`, asked)).json() as Promise<Ready>
      },
      activate: async (number: number) => {
        const response = await fetch(`${gateway.url}/admin/v1/policies/${PUSHED_POLICY}/activate`, {
          method: 'POST',
          headers: { ...headers(secret('admin-token')), 'if-match': '*' },
          body: JSON.stringify({ revision: number, percent: 100 }),
        })
        if (response.status !== 200) throw new Error(await response.text())
      },
      transcript: async (response: Response) => {
        const id = response.headers.get('x-chambers-transcript')
        const read = await fetch(`${gateway.url}/admin/v1/transcripts/${id}`, {
          headers: headers(secret('admin-token')),
        })
        return read.status
      },
    }
  }
  type Started = Awaited<ReturnType<typeof start>>
  const newFolder = () => {
    const folder = mkdtempSync(join(tmpdir(), 'chambers-outage-'))
    folders.push(folder)
    return folder
  }
  const digestOf = (number: number) => revisions[number - 1]?.digest
  /** Until the gateway serves this revision. */
  const served = (gateway: Started, number: number) =>
    expect.poll(async () => (await gateway.ask()).served).toBe(digestOf(number))

  let one: Started
  let other: Started
  let next = 1
  const activateNext = async () => {
    const number = next++
    await one.activate(number)
    return number
  }
  beforeAll(async () => {
    server = await startPostgres()
    one = await start(newFolder())
    other = await start(newFolder())
    revisions = await pushRevisions(one, { signer: await signer, count: 20 })
  })
  afterAll(async () => {
    for (const gateway of open) await gateway.close()
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    await server[Symbol.asyncDispose]()
  })

  it('serve at once where they are activated, and elsewhere by themselves', async () => {
    for (let round = 0; round < 3; round++) {
      const number = await activateNext()
      expect((await one.ask()).served).toBe(digestOf(number))
      await served(other, number)
    }
  })

  it('serve everywhere when nothing is announced', async () => {
    for (let round = 0; round < 2; round++) {
      const number = next++
      await server.query(`INSERT INTO policy_states
        SELECT policy, version + 1, 'activate', ${number}, '${digestOf(number)}', NULL, NULL, 0, 0,
          changed, 'test', NULL
        FROM policy_states WHERE policy = '${PUSHED_POLICY}' ORDER BY version DESC LIMIT 1`)
      await Promise.all([served(one, number), served(other, number)])
    }
  })

  it.each(['stop', 'freeze'] as const)(
    'serve on through an outage (%s), say so, and are live by themselves after it',
    async (outage) => {
      const number = await activateNext()
      await served(other, number)
      await server[outage]()
      await expect.poll(async () => (await other.ready()).state).toBe('cached')
      expect((await other.ready()).revisions).toContainEqual({
        policy: PUSHED_POLICY,
        revision: number,
        state: 'cached',
        problem: 'database_unavailable',
        ageSeconds: expect.any(Number),
      })
      expect(await other.ask()).toMatchObject({ status: 200, served: digestOf(number) })
      await (outage === 'stop' ? server.start() : server.thaw())
      await expect.poll(async () => (await other.ready()).state).toBe('live')
      await expect.poll(async () => (await one.ready()).state).toBe('live')
      await served(other, await activateNext())
    },
  )

  it.each(['stop', 'freeze'] as const)(
    'serve from the local copy after a start without the database (%s), with keys that were good, and heal',
    async (outage) => {
      const folder = newFolder()
      const before = await start(folder)
      const number = await activateNext()
      await served(before, number)
      await before.close()
      await server[outage]()

      const gateway = await start(folder)
      expect(gateway.printed()).toMatch(
        /the database is out of reach: serving from the local copy, last confirmed \d+ s ago/,
      )
      expect(gateway.printed()).toContain(`(revision ${number}, cached)`)
      expect(gateway.printed()).not.toContain(new URL(server.url).port)
      const { status, served: digest, response } = await gateway.ask()
      expect([status, digest]).toEqual([200, digestOf(number)])
      expect((await gateway.ask('default')).status).toBe(200)
      expect(await gateway.ready()).toMatchObject({ status: 'ready', state: 'cached', spooled: 2 })

      await (outage === 'stop' ? server.start() : server.thaw())
      await expect.poll(() => gateway.ready()).toMatchObject({ state: 'live', spooled: 0 })
      expect(await gateway.transcript(response)).toBe(200)
      expect(gateway.printed()).toContain('policy (all): live again')
      await served(gateway, await activateNext())
      await gateway.close()
    },
  )

  it('stop a start without the database that has no copy to serve from', async () => {
    await server.stop()
    const started = start(newFolder())
    await expect(started).rejects.toThrow(
      /^Cannot start: Start the database, or restore \S+copies: Cannot reach PostgreSQL: ECONNREFUSED, and no usable copy/,
    )
    await server.start()
  })
})
