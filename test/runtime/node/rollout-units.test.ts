/** One key, many people: a share is of them, whatever they are called by, and stays with them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Gateway, startGateway } from '../../../src/node.ts'
import type { Bundle, Mode } from '../../../src/policy/section.ts'
import type { InstanceStatus } from '../../../src/revisions/watching/status-report.ts'
import { loadPolicies } from '../../../src/start/node/load-policies.node.ts'
import { startTestGateway } from '../../fakes/gateway.ts'
import { createSigner, keySetOf, revise, reworded, type Signer } from '../../fakes/revisions.ts'
import { createRolloutAdmin, POLICY } from '../../fakes/rollouts.ts'
import { createSpeaker } from '../../fakes/speaker.ts'
import { startUpstream, type Upstream } from '../../fakes/upstream.ts'
import { until } from '../../fakes/waiting.ts'
import { gardenBundle } from '../../unit/policy/garden.ts'

const PEOPLE = 400
const PERCENT = 20

let dataDir: string
let keys: Server
let upstream: Upstream
let gateway: Gateway
let signer: Signer
let active: Bundle
let candidate: Bundle
let tokenOf: (subject: string) => Promise<string>

const secret = (name: string) => readFileSync(join(dataDir, name), 'utf8').trim()
const start = async (): Promise<Gateway> => {
  const loaded = await loadPolicies()
  const { port } = keys.address() as { port: number }
  return startGateway({
    environment: {
      PORT: '0',
      DATA_DIR: dataDir,
      UPSTREAM_BASE_URL: upstream.url,
      POLICY,
      POLICY_SIGNERS: JSON.stringify(keySetOf(signer)),
      AUTH: 'keys,jwt',
      JWKS_URL: `http://127.0.0.1:${port}/`,
      JWT_ISSUER: 'test',
      JWT_AUDIENCE: 'chambers',
    },
    print: () => {},
    policies: { ...loaded, bundles: [active] },
  })
}

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'chambers-units-'))
  const pair = await generateKeyPair('EdDSA')
  const set = { keys: [{ ...(await exportJWK(pair.publicKey)), alg: 'EdDSA', kid: 'one' }] }
  keys = createServer((_, response) => response.end(JSON.stringify(set)))
  await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve))
  tokenOf = (subject) =>
    new SignJWT({ tenant: 'acme', app: 'chat' })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'one' })
      .setSubject(subject)
      .setIssuer('test')
      .setAudience('chambers')
      .setExpirationTime('1h')
      .sign(pair.privateKey)
  upstream = await startUpstream(createSpeaker(() => undefined).script)
  signer = await createSigner('desk')
  active = await revise(await gardenBundle(), (content) => ({ ...content, mode: 'off' }))
  candidate = await reworded(active, 1)
  gateway = await start()
  await admin.push(candidate, 1)
  await stage(PERCENT)
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
  keys.close()
  rmSync(dataDir, { recursive: true, force: true })
})

const admin = createRolloutAdmin(
  () => ({ url: gateway.url, adminToken: secret('admin-token') }),
  () => signer,
)
const stage = async (percent: number) => {
  await admin.activate({ revision: 1, percent, shadow: false })
  // The one before a restart is there, too.
  const percentOf = ({ policies }: InstanceStatus) => policies[0]?.candidate?.percent
  const isSeen = async () =>
    (await admin.status()).instances.some((one) => percentOf(one) === percent)
  await until('the share', isSeen)
}

type Asking = { readonly fields?: object; readonly token?: string; readonly headers?: object }
/** True where the candidate has answered. */
const isServed = async ({ fields, token = secret('app-key'), headers }: Asking) => {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...fields }),
  })
  await response.arrayBuffer()
  return response.headers.get('x-chambers-policy') === `${POLICY}@${candidate.digest}`
}
const said = (content: string) => ({ messages: [{ role: 'user', content }] })
const WAYS: Readonly<Record<string, (name: string) => Asking | Promise<Asking>>> = {
  user: (user) => ({ fields: { user } }),
  safety_identifier: (name) => ({ fields: { safety_identifier: name } }),
  'first turn': (name) => ({ fields: said(`I am ${name}`) }),
  session: (name) => ({ headers: { 'x-chambers-session': name } }),
  'token’s subject': async (name) => ({ token: await tokenOf(name) }),
}
const people = Array.from({ length: PEOPLE }, (_, index) => `person ${index}`)
const served = async (way: string, names = people) => {
  const sides: boolean[] = []
  for (const name of names) sides.push(await isServed((await WAYS[way]?.(name)) ?? {}))
  return sides
}
const first = new Map<string, readonly boolean[]>()

describe.each(Object.keys(WAYS))('of people who are told apart by their %s', (way) => {
  it('as many are served as chance would take', async () => {
    const sides = await served(way)
    first.set(way, sides)
    const share = PERCENT / 100
    const bound = 4 * Math.sqrt(PEOPLE * share * (1 - share))
    expect(Math.abs(sides.filter(Boolean).length - PEOPLE * share)).toBeLessThan(bound)
  })
})

describe('a person', () => {
  const few = people.slice(0, 60)
  const sidesOf = (way: string) => first.get(way)?.slice(0, few.length)

  it('is the same one by user and by safety_identifier', () => {
    expect(first.get('user')).toEqual(first.get('safety_identifier'))
  })

  it('is another one than a session of the name', () => {
    expect(first.get('user')).not.toEqual(first.get('session'))
  })

  it('is on one side through a conversation', async () => {
    const { messages } = said('I am person 1')
    const later = [...messages, { role: 'assistant', content: 'Hi' }, ...said('So?').messages]
    expect(await isServed({ fields: { messages: later } })).toBe(first.get('first turn')?.[1])
  })

  it('keeps its side after a restart', async () => {
    await gateway.close()
    gateway = await start()
    for (const way of Object.keys(WAYS)) expect(await served(way, few)).toEqual(sidesOf(way))
  })

  it('is not moved back as the share grows', async () => {
    await stage(50)
    for (const way of Object.keys(WAYS)) {
      const now = await served(way, few)
      expect(sidesOf(way)?.some((was, index) => was && !now[index])).toBe(false)
    }
  })
})

describe.each<Mode>(['off', 'shadow', 'enforce'])('a body in %s while people are moved', (mode) => {
  const limit = 4_000
  const bodyOf = (length: number) =>
    JSON.stringify({
      model: 'm',
      messages: [{ role: 'user', content: 'x'.repeat(length) }],
      user: 'person 1',
    })
  const inPieces = (text: string) =>
    new ReadableStream({
      start(controller) {
        for (const part of [text.slice(0, 7), text.slice(7)]) controller.enqueue(Buffer.from(part))
        controller.close()
      },
    })

  it('is sent as it came, whole or in pieces, and whatever is too large for a look', async () => {
    await using moving = await startTestGateway({
      upstream: upstream.url,
      mode,
      bounds: { maxBodyBytes: limit },
    })
    const { url, adminToken } = moving
    const desk = createRolloutAdmin(
      () => ({ url, adminToken }),
      () => signer,
    )
    await desk.call('POST', '/policies/default/move', { to: 'agentic', percent: 50 })
    const ask = async (body: BodyInit, headers: Readonly<Record<string, string>> = {}) => {
      const request: RequestInit & { readonly duplex: 'half' } = {
        duplex: 'half',
        method: 'POST',
        headers: {
          authorization: `Bearer ${moving.appKey}`,
          'content-type': 'application/json',
          ...headers,
        },
        body,
      }
      const response = await fetch(`${url}/v1/chat/completions`, request)
      await response.arrayBuffer()
      return [response.status, response.headers.get('x-chambers-policy')?.split('@')[0]]
    }
    const small = bodyOf(10)
    await until('the move', async () => {
      const sides = await Promise.all(
        people.slice(0, 20).map((name) => ask(small, { 'x-chambers-session': name })),
      )
      return sides.some(([, policy]) => policy === 'agentic')
    })
    const before = upstream.requests.length
    expect(await ask(inPieces(small))).toEqual(await ask(small))
    const large = bodyOf(limit)
    const status = mode === 'enforce' ? 413 : 200
    expect(await ask(large)).toEqual([status, expect.any(String)])
    expect(await ask(inPieces(large))).toEqual(await ask(large))
    const sent = upstream.requests.slice(before).map(({ body }) => body)
    const relayed = sent.filter((body) => body === small || body === large)
    expect(relayed.length).toBe(mode === 'enforce' ? 0 : 5)
  })
})
