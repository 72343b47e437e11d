import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../../fakes/gateway.ts'
import { findPostgres, type PostgresServer, startPostgres } from '../../fakes/postgres.ts'

const installed = findPostgres() !== null
if (!installed) process.stdout.write('skipped: PostgreSQL is not installed on this machine\n')

const CHAT = {
  model: 'stand-in',
  messages: [{ role: 'user', content: 'How do I pick a strong password?' }],
}

describe.skipIf(!installed)('two gateways on one PostgreSQL', () => {
  let server: PostgresServer
  let gateways: readonly [TestGateway, TestGateway]
  beforeAll(async () => {
    server = await startPostgres()
    const start = () =>
      startTestGateway({ upstream: 'stand-in', environment: { DATABASE_URL: server.url } })
    // At once: both find an empty database.
    gateways = await Promise.all([start(), start()])
  })
  afterAll(async () => {
    for (const gateway of gateways ?? []) await gateway.close()
    await server?.[Symbol.asyncDispose]()
  })

  const manage = (gateway: TestGateway, method: string, path: string, body?: object) =>
    fetch(`${gateway.url}/admin/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${gateway.adminToken}`,
        'content-type': 'application/json',
      },
      ...(body && { body: JSON.stringify(body) }),
    })
  const ask = (gateway: TestGateway, key: string, body: object = CHAT) =>
    gateway.ask(body, { headers: { authorization: `Bearer ${key}` } })

  it('say which database they use, without its address', () => {
    for (const gateway of gateways) {
      expect(gateway.printed()).toContain('database  PostgreSQL')
      expect(gateway.printed()).not.toContain(new URL(server.url).port)
    }
  })

  it('know the keys of one another, and their end', async () => {
    const [one, other] = gateways
    const made = await manage(one, 'POST', '/keys', { app: 'shared', requestsPerMinute: 100 })
    const { id, key } = (await made.json()) as { id: string; key: string }
    expect((await ask(other, key)).status).toBe(200)
    expect((await manage(one, 'DELETE', `/keys/${id}`)).status).toBe(204)
    await expect.poll(async () => (await ask(other, key)).status).toBe(401)
  })

  it('read the transcripts of one another, with the same subject for the same person', async () => {
    const [one, other] = gateways
    const subjects: unknown[] = []
    for (const [asked, reader] of [
      [one, other],
      [other, one],
    ] as const) {
      const response = await asked.ask({ ...CHAT, safety_identifier: 'person-1', stream: true })
      await response.text()
      const transcript = await reader.transcript(response)
      expect(transcript).toMatchObject({ outcome: { kind: 'released' }, request: CHAT })
      subjects.push(transcript && Reflect.get(transcript, 'subject'))
    }
    expect(subjects[0]).toMatch(/^[0-9a-f]{64}$/)
    expect(subjects[0]).toBe(subjects[1])
  })

  it('go on answering while it is gone, and store what they answered when it is back', async () => {
    const [one, other] = gateways
    expect((await one.ask(CHAT)).status).toBe(200)
    await server.stop()
    const response = await one.ask(CHAT)
    expect(response.status).toBe(200)
    const ready = await (await fetch(`${one.url}/readyz`)).json()
    expect(ready).toMatchObject({ status: 'ready', spooled: 1 })
    const read = await manage(one, 'GET', `/transcripts/tr_${'0'.repeat(32)}`)
    expect([read.status, (await read.json()).detail]).toEqual([503, 'The database is out of reach'])
    await server.start()
    await expect.poll(async () => (await other.transcript(response))?.outcome.kind).toBe('released')
  })
})
