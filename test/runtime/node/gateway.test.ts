import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Gateway, startGateway } from '../../../src/node.ts'
import type { Mode } from '../../../src/policy/section.ts'
import { startStandIn } from '../../../src/stand-in/stand-in-server.node.ts'
import { type LoadedPolicies, loadPolicies } from '../../../src/start/node/load-policies.node.ts'
import { chambersIn } from '../../unit/cli/chambers.ts'

let shipped: LoadedPolicies
const closers: (() => unknown)[] = []

beforeAll(async () => {
  shipped = await loadPolicies()
})
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

type Started = {
  readonly gateway: Gateway
  readonly printed: readonly string[]
  readonly dataDir: string
  readonly ask: (body: object | string, init?: RequestInit) => Promise<Response>
  readonly transcript: (response: Response) => Promise<Response>
}

async function start(mode: Mode, variables: Record<string, string> = {}): Promise<Started> {
  const dataDir = mkdtempSync(join(tmpdir(), 'chambers-node-'))
  const printed: string[] = []
  const gateway = await startGateway({
    environment: { PORT: '0', DATA_DIR: dataDir, ...variables },
    print: (text) => printed.push(text),
    policies: { ...shipped, bundles: shipped.bundles.map((bundle) => ({ ...bundle, mode })) },
  })
  closers.push(
    () => rmSync(dataDir, { recursive: true, force: true }),
    () => gateway.close(),
  )
  const secret = (name: string) => readFileSync(join(dataDir, name), 'utf8').trim()
  return {
    gateway,
    printed,
    dataDir,
    ask: (body, init = {}) =>
      fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${secret('app-key')}`,
          'content-type': 'application/json',
        },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...init,
      }),
    transcript: (response) =>
      fetch(
        `${gateway.url}/admin/v1/transcripts/${response.headers.get('x-chambers-transcript')}`,
        { headers: { authorization: `Bearer ${secret('admin-token')}` } },
      ),
  }
}

async function startUpstream(
  answer: (incoming: IncomingMessage, outgoing: ServerResponse) => void,
): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
}

const CHAT = {
  model: 'stand-in',
  messages: [{ role: 'user', content: 'How do I pick a strong password?' }],
}

describe('a first start with nothing set', () => {
  it('answers, keeps the reasoning, and lets the admin read it', async () => {
    const { ask, transcript } = await start('enforce')
    const response = await ask(CHAT)
    expect(response.status).toBe(200)
    const answer = JSON.stringify(await response.json())
    const read = await transcript(response)
    expect(read.status).toBe(200)
    const record = await read.json()
    expect(record).toMatchObject({ mode: 'enforce', outcome: { kind: 'released' } })
    const attempt = record.attempts.at(-1)
    expect(attempt.reasoning.length).toBeGreaterThan(20)
    expect(answer).not.toContain(attempt.reasoning.slice(0, 40))
  })

  it('leaves its secrets readable by their owner alone, and prints none', async () => {
    const { printed, dataDir } = await start('enforce')
    const banner = printed.join('')
    for (const name of ['app-key', 'admin-token', 'admin-key.json']) {
      const file = join(dataDir, name)
      expect(statSync(file).mode & 0o777).toBe(0o600)
      expect(banner).not.toContain(readFileSync(file, 'utf8').trim())
    }
    expect(banner).toContain('stand-in')
    expect(banner).toContain('/v1/chat/completions')
  })

  it('knows its app key again at the second start', async () => {
    const first = await start('enforce')
    const key = readFileSync(join(first.dataDir, 'app-key'), 'utf8')
    await first.gateway.close()
    const again = await startGateway({
      environment: { PORT: '0', DATA_DIR: first.dataDir },
      print: () => {},
      policies: shipped,
    })
    closers.push(() => again.close())
    expect(readFileSync(join(first.dataDir, 'app-key'), 'utf8')).toBe(key)
  })

  it('lets no revoked admin in, from the next request on', async () => {
    const { gateway, dataDir } = await start('enforce')
    const token = () => readFileSync(join(dataDir, 'admin-token'), 'utf8').trim()
    const statusOf = async (bearer: string) => {
      const headers = { authorization: `Bearer ${bearer}` }
      return (await fetch(`${gateway.url}/admin/v1/keys`, { headers })).status
    }
    const before = token()
    expect(await statusOf(before)).toBe(200)
    const revoked = await chambersIn({ DATA_DIR: dataDir })('admins', 'revoke', 'local-admin')
    expect(revoked.code).toBe(0)
    expect([await statusOf(before), await statusOf(token())]).toEqual([401, 200])
  })

  it.skipIf(process.platform === 'win32')('is none with a key that others may have', async () => {
    const { gateway, dataDir } = await start('enforce')
    await gateway.close()
    chmodSync(join(dataDir, 'admin-key.json'), 0o644)
    const environment = { PORT: '0', DATA_DIR: dataDir }
    await expect(startGateway({ environment, print: () => {}, policies: shipped })).rejects.toThrow(
      `Remove ${join(dataDir, 'admin-key.json')}, or make it yours alone`,
    )
  })

  it('refuses a bad variable by name', async () => {
    await expect(
      startGateway({ environment: { PORT: 'x' }, print: () => {}, policies: shipped }),
    ).rejects.toThrow('PORT: got "x", wants a whole number from 0 to 65535')
  })
})

describe('behind a model server', () => {
  it('answers from the stand-in over HTTP, whole and streamed', async () => {
    const standIn = await startStandIn()
    closers.push(() => standIn.close())
    const { ask } = await start('enforce', { UPSTREAM_BASE_URL: standIn.url })
    const whole = await (await ask(CHAT)).json()
    const events = await (await ask({ ...CHAT, stream: true })).text()
    const text = events
      .split('\n')
      .filter((event) => event.startsWith('data: {'))
      .map((event) => JSON.parse(event.slice(6)).choices[0]?.delta.content ?? '')
      .join('')
    expect(text).toBe(whole.choices[0].message.content)
    expect(events.endsWith('data: [DONE]\n\n')).toBe(true)
  })

  const BYTES = Buffer.from([0x7b, 0x20, 0xff, 0x00, 0x0d, 0x0a, 0x7d])
  const REQUEST = '{"model":"m",   "messages":[{"role":"user","content":"h\\u00e9"}]}'

  it.each<Mode>(['off', 'shadow'])('relays the very bytes both ways in %s', async (mode) => {
    const received: string[] = []
    const upstream = await startUpstream((incoming, outgoing) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('end', () => {
        received.push(Buffer.concat(chunks).toString('utf8'))
        outgoing.writeHead(200, { 'content-type': 'application/x-odd', 'x-vendor': 'kept' })
        outgoing.end(BYTES)
      })
    })
    const { ask } = await start(mode, { UPSTREAM_BASE_URL: upstream })
    const response = await ask(REQUEST)
    expect(Buffer.from(await response.arrayBuffer())).toEqual(BYTES)
    expect(received[0]).toBe(REQUEST)
    expect(response.headers.get('x-vendor')).toBe('kept')
    expect(response.headers.get('x-chambers-mode')).toBe(mode)
  })

  it('leaves a row without content in off', async () => {
    const standIn = await startStandIn()
    closers.push(() => standIn.close())
    const { ask, transcript, gateway } = await start('off', { UPSTREAM_BASE_URL: standIn.url })
    const response = await ask(CHAT)
    await response.text()
    await expect.poll(async () => (await transcript(response)).status).toBe(200)
    const row = await (await transcript(response)).json()
    expect(row).toMatchObject({ mode: 'off', outcome: 'passed', content: null })
    expect(gateway.url).toContain('127.0.0.1')
  })

  it('deliberates behind the answer in shadow', async () => {
    const standIn = await startStandIn()
    closers.push(() => standIn.close())
    const { ask, transcript } = await start('shadow', { UPSTREAM_BASE_URL: standIn.url })
    const response = await ask(CHAT)
    await response.text()
    await expect.poll(async () => (await transcript(response)).status).toBe(200)
    const record = await (await transcript(response)).json()
    expect(record).toMatchObject({
      mode: 'shadow',
      final: null,
      outcome: { kind: 'passed', reason: 'released' },
    })
  })

  it('lets requests end before it closes', async () => {
    const arrived = Promise.withResolvers<ServerResponse>()
    const upstream = await startUpstream((_incoming, outgoing) => arrived.resolve(outgoing))
    const { ask, gateway } = await start('off', { UPSTREAM_BASE_URL: upstream })
    const asked = ask(CHAT)
    const outgoing = await arrived.promise
    const closing = gateway.close()
    outgoing.end('late')
    expect(await (await asked).text()).toBe('late')
    await closing
    await expect(ask(CHAT)).rejects.toThrow()
  })
})
