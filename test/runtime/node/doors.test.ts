/** What only a real connection shows of the doors: headers that stand twice, targets with a host, addresses, the direct relay. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../../fakes/gateway.ts'
import { type RecordedRequest, startUpstream, type Upstream } from '../../fakes/upstream.ts'

const PAGE = 'https://app.example'
const CHAT = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] }
const OK = { json: { id: 'c', object: 'chat.completion', choices: [] } }

let upstream: Upstream
let gateway: TestGateway

beforeAll(async () => {
  upstream = await startUpstream(OK)
  gateway = await startTestGateway({
    upstream: upstream.url,
    mode: 'off',
    environment: { CORS_ORIGINS: PAGE, FORWARD_HEADERS: 'x-trace-id' },
  })
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

/** Sends text as it is, and gives the status of what comes back. */
async function statusOf(head: string): Promise<number> {
  const { hostname, port } = new URL(gateway.url)
  const socket = connect(Number(port), hostname)
  socket.write(`${head.replaceAll('\n', '\r\n')}\r\nconnection: close\r\n\r\n`)
  let text = ''
  socket.on('data', (piece) => {
    text += String(piece)
  })
  await once(socket, 'close')
  return Number(text.split(' ')[1])
}

const last = (): RecordedRequest | undefined => upstream.requests.at(-1)

describe('a connection', () => {
  it.each([
    ['GET /healthz HTTP/1.1\nhost: 127.0.0.1', 200],
    ['GET /healthz HTTP/1.1\nhost: localhost:1', 200],
    ['GET http://localhost/healthz HTTP/1.1\nhost: localhost', 200],
    ['GET /healthz HTTP/1.1\nhost: 127.0.0.1\nhost: 127.0.0.1', 400],
    ['GET /healthz HTTP/1.1\nhost: localhost\nHost: evil.example', 400],
    ['GET /healthz HTTP/1.1\nhost: evil.example', 403],
    ['GET http://evil.example/healthz HTTP/1.1\nhost: localhost', 403],
    ['GET http://localhost/healthz HTTP/1.1\nhost: evil.example', 403],
  ])('with %j is answered %i', async (head, status) => {
    expect(await statusOf(head)).toBe(status)
  })
})

describe('what is relayed directly', () => {
  it('passes through the doors where a page asks', async () => {
    const response = await gateway.ask(CHAT, { headers: { origin: PAGE } })
    expect(response.status).toBe(200)
    expect(response.headers.get('access-control-allow-origin')).toBe(PAGE)
    expect(response.headers.get('x-chambers-transcript')).toMatch(/^tr_/)
    expect(await response.json()).toEqual(OK.json)
  })

  it('keeps the declared length of a body on every way', async () => {
    const ask = (headers: Record<string, string>) => gateway.ask(CHAT, { headers })
    await (await ask({})).text()
    const length = last()?.headers['content-length']
    await (await ask({ origin: PAGE })).text()
    const { headers } = last() ?? {}
    expect([headers?.['content-length'], headers?.['transfer-encoding']]).toEqual([
      length,
      undefined,
    ])
    expect(Number(length)).toBeGreaterThan(0)
  })

  it('is not for the page of a stranger', async () => {
    const before = upstream.requests.length
    const response = await gateway.ask(CHAT, { headers: { origin: 'https://evil.example' } })
    expect([response.status, upstream.requests.length]).toEqual([403, before])
  })

  it("has the model of Azure's path, and is else as it was sent", async () => {
    const url = `${gateway.url}/openai/deployments/gpt/chat/completions?api-version=1`
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'api-key': gateway.appKey, 'content-type': 'application/json' },
      body: '{"n":1e3}',
    })
    expect(await response.json()).toEqual(OK.json)
    expect(last()?.body).toBe('{"model":"gpt","n":1e3}')
    expect(last()?.headers['api-key']).toBeUndefined()
  })

  it.each<Record<string, string>>([{}, { origin: PAGE }])(
    'takes the headers along that the operator lets go on (%j)',
    async (page) => {
      await (await gateway.ask(CHAT, { headers: { ...page, 'x-trace-id': 't-7' } })).text()
      expect(last()?.headers['x-trace-id']).toBe('t-7')
    },
  )
})

describe('who guesses', () => {
  it('is limited by the address of the connection, and others behind it go on', async () => {
    expect((await gateway.ask(CHAT)).status).toBe(200)
    const guess = () => gateway.ask(CHAT, { headers: { authorization: 'Bearer guess' } })
    const statuses: number[] = []
    while (statuses.at(-1) !== 429 && statuses.length < 1_000) {
      const response = await guess()
      await response.text()
      statuses.push(response.status)
    }
    expect(new Set(statuses)).toEqual(new Set([401, 429]))
    expect(statuses.length).toBeGreaterThan(60)
    expect((await gateway.ask(CHAT)).status).toBe(200)
  })
})
