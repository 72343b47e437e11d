import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createTokenVerifier } from '../../src/access/tokens.ts'
import { CHAT, createFakeGateway, post } from './fake-gateway.ts'

const NOW = 1_800_000_000
const clock = { now: () => NOW * 1000, monotonic: () => 0 }
const issuing = { issuer: 'admins', audience: 'chambers' }
const SCOPE = { scope: 'key:manage', tenants: ['*'] }

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>

/** Serves a key set that tests may alter, and remembers who asked for what. */
function keyServer() {
  const asked: string[] = []
  const state = { keys: [] as JWK[], status: 200, location: '', text: '' }
  const server = createServer((request: IncomingMessage, response) => {
    asked.push(request.url ?? '')
    const { keys, status, location, text } = state
    response.writeHead(status, {
      'content-type': 'application/json',
      ...(location && { location }),
    })
    response.end(text || JSON.stringify({ keys }))
  })
  return {
    asked,
    state,
    async listen() {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    },
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}

const pairs = new Map<string, KeyPair>()
const publicKeys: JWK[] = []
const elsewhere = keyServer()
let elsewhereUrl: string

beforeAll(async () => {
  elsewhereUrl = await elsewhere.listen()
  for (const algorithm of ['EdDSA', 'RS256', 'ES256']) {
    const pair = await generateKeyPair(algorithm, { extractable: true })
    pairs.set(algorithm, pair)
    publicKeys.push({ ...(await exportJWK(pair.publicKey)), kid: algorithm, alg: algorithm })
  }
})
afterAll(() => elsewhere.close())

const pairOf = (algorithm: string): KeyPair => {
  const pair = pairs.get(algorithm)
  if (!pair) throw new Error(`no key for ${algorithm}`)
  return pair
}

type Token = {
  readonly header?: object
  readonly claims?: object
  readonly key?: Parameters<SignJWT['sign']>[0]
}

const VALID = { ...SCOPE, sub: 'ada', iss: issuing.issuer, aud: issuing.audience, exp: NOW + 60 }

function tokenOf({ header = {}, claims = {}, key }: Token = {}): Promise<string> {
  return new SignJWT({ ...VALID, ...claims })
    .setProtectedHeader({ alg: 'EdDSA', kid: 'EdDSA', ...header })
    .sign(key ?? pairOf('EdDSA').privateKey, { crit: { x: true } })
}

/** What nobody would write, signed all the same. */
async function signText(header: string | object, claims: string): Promise<string> {
  const text = typeof header === 'string' ? header : '{"alg":"EdDSA","kid":"EdDSA"}'
  const parts = [text, claims].map((part) => Buffer.from(part).toString('base64url'))
  const data = new TextEncoder().encode(parts.join('.'))
  const signature = await crypto.subtle.sign('Ed25519', pairOf('EdDSA').privateKey, data)
  return [...parts, Buffer.from(signature).toString('base64url')].join('.')
}

const claimsText = (more: string) => `${JSON.stringify(VALID).slice(0, -1)},${more}}`

const encode = (value: unknown) => btoa(JSON.stringify(value)).replaceAll('=', '')

async function answerOf(token: string): Promise<readonly unknown[]> {
  const verifyAdminToken = createTokenVerifier(
    { keys: { set: { keys: publicKeys } }, ...issuing },
    clock,
  )
  const { app } = createFakeGateway({ verifyAdminToken })
  const response = await app.request('/admin/v1/keys', {
    headers: { authorization: `Bearer ${token}` },
  })
  return [response.status, (await response.json()).code]
}

describe('an admin’s token', () => {
  it('that is good is taken, with each of the algorithms', async () => {
    for (const algorithm of pairs.keys()) {
      const key = pairOf(algorithm).privateKey
      const token = await tokenOf({ header: { alg: algorithm, kid: algorithm }, key })
      expect((await answerOf(token))[0]).toBe(200)
    }
  })

  it('that is written by hand is taken where each name stands once', async () => {
    expect((await answerOf(await signText({}, claimsText('"x":1'))))[0]).toBe(200)
  })

  const refused = [401, 'not_authenticated']

  it.each<[string, () => string | Promise<string>]>([
    ['without a signature (none)', () => `${encode({ alg: 'none' })}.${encode(VALID)}.`],
    ['without a signature (None)', () => `${encode({ alg: 'None' })}.${encode(VALID)}.`],
    ['whose signature is cut off', async () => (await tokenOf()).replace(/\.[^.]*$/, '.')],
    ['of a tenant with NUL', () => tokenOf({ claims: { tenants: ['a\0'] } })],
    ['of a tenant with half a character', () => tokenOf({ claims: { tenants: ['\ud800'] } })],
    ['of a policy with NUL', () => tokenOf({ claims: { policies: ['a\0'] } })],
    [
      'whose claims were altered',
      async () => {
        const [header, , signature] = (await tokenOf()).split('.')
        return [header, encode({ ...VALID, sub: 'eve' }), signature].join('.')
      },
    ],
    [
      'of HS256 with the published key as JSON for a secret',
      async () => {
        const secret = new TextEncoder().encode(JSON.stringify(publicKeys[1]))
        return tokenOf({ header: { alg: 'HS256', kid: 'RS256' }, key: secret })
      },
    ],
    [
      'of HS256 with the published key as PEM for a secret',
      async () => {
        const secret = new TextEncoder().encode(await exportSPKI(pairOf('RS256').publicKey))
        return tokenOf({ header: { alg: 'HS256', kid: 'RS256' }, key: secret })
      },
    ],
    [
      'of HS256 with the bytes of the published key for a secret',
      () => {
        const secret = Uint8Array.from(
          atob(String(publicKeys[0]?.x).replaceAll('-', '+').replaceAll('_', '/')),
          (c) => c.charCodeAt(0),
        )
        return tokenOf({ header: { alg: 'HS256' }, key: secret })
      },
    ],
    ['of an algorithm that is not the key’s', () => tokenOf({ header: { kid: 'RS256' } })],
    ['of a stranger', async () => tokenOf({ key: (await generateKeyPair('EdDSA')).privateKey })],
    ['with a claim twice', () => signText({}, claimsText('"tenants":["acme"],"tenants":["*"]'))],
    [
      'with a claim twice, spelt otherwise',
      () => signText({}, claimsText('"tenants":["acme"],"tenant\\u0073":["*"]')),
    ],
    ['with a name twice in a claim', () => signText({}, claimsText('"x":{"a":1,"a":1}'))],
    [
      'with a field of its header twice',
      () => signText('{"alg":"EdDSA","kid":"EdDSA","kid":"EdDSA"}', claimsText('"x":1')),
    ],
    ['of another issuer', () => tokenOf({ claims: { iss: 'other' } })],
    ['for another audience', () => tokenOf({ claims: { aud: 'other' } })],
    ['without an issuer', () => tokenOf({ claims: { iss: undefined } })],
    ['without an audience', () => tokenOf({ claims: { aud: undefined } })],
    ['that has expired', () => tokenOf({ claims: { exp: NOW - 11 } })],
    ['that never expires', () => tokenOf({ claims: { exp: undefined } })],
    ['that expires in words', () => tokenOf({ claims: { exp: 'never' } })],
    ['that is not valid yet', () => tokenOf({ claims: { nbf: NOW + 11 } })],
    ['without a subject', () => tokenOf({ claims: { sub: undefined } })],
    ['whose subject no log can hold', () => tokenOf({ claims: { sub: 'a\nb' } })],
    ['whose tenants are a text', () => tokenOf({ claims: { tenants: '*' } })],
    ['whose policies are a text', () => tokenOf({ claims: { policies: '*' } })],
    ['with an extension that it calls critical', () => tokenOf({ header: { crit: ['x'], x: 1 } })],
  ])('%s is refused', async (_, make) => {
    expect(await answerOf(await make())).toEqual(refused)
  })

  it.each<[string, (url: string, own: JWK) => object]>([
    ['jku', (url) => ({ jku: `${url}/jku` })],
    ['x5u', (url) => ({ x5u: `${url}/x5u` })],
    ['jwk', (_url, own) => ({ jwk: own })],
    ['jku and jwk and x5u', (url, jwk) => ({ jku: url, x5u: url, jwk })],
  ])('that brings a key of its own by %s is refused, and nobody is asked', async (_, header) => {
    const own = await generateKeyPair('EdDSA', { extractable: true })
    const jwk = { ...(await exportJWK(own.publicKey)), kid: 'own', alg: 'EdDSA' }
    elsewhere.state.keys = [jwk]
    for (const kid of ['own', 'EdDSA']) {
      const token = await tokenOf({
        header: { kid, ...header(elsewhereUrl, jwk) },
        key: own.privateKey,
      })
      expect(await answerOf(token)).toEqual(refused)
    }
    expect(elsewhere.asked).toEqual([])
  })

  it('that is good is taken whatever else its header points to, and nobody is asked', async () => {
    const token = await tokenOf({ header: { jku: elsewhereUrl, x5u: elsewhereUrl } })
    expect((await answerOf(token))[0]).toBe(200)
    expect(elsewhere.asked).toEqual([])
  })
})

describe('a key set that is fetched', () => {
  const keys = keyServer()
  let url: string
  beforeAll(async () => {
    url = await keys.listen()
  })
  afterAll(() => keys.close())
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
    Object.assign(keys.state, { keys: publicKeys, status: 200, location: '', text: '' })
    keys.asked.length = 0
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const openGateway = (address: string) => {
    const verify = createTokenVerifier({ keys: { url: address }, ...issuing }, clock)
    const { app, seen } = createFakeGateway({ verifyAdminToken: verify, verifyToken: verify })
    return {
      seen,
      admin: async (token: string) => {
        const response = await app.request('/admin/v1/keys', {
          headers: { authorization: `Bearer ${token}` },
        })
        return [response.status, (await response.json()).code]
      },
      app: async (token: string) => {
        const response = await app.request('/v1/chat/completions', {
          ...post(CHAT, { authorization: `Bearer ${token}` }),
        })
        return [response.status, (await response.json()).error]
      },
    }
  }

  it('no longer trusts a key that was rotated out, five minutes later at the latest', async () => {
    const gateway = openGateway(`${url}/keys`)
    const token = await tokenOf()
    expect((await gateway.admin(token))[0]).toBe(200)
    keys.state.keys = publicKeys.filter(({ kid }) => kid !== 'EdDSA')
    vi.setSystemTime((NOW + 301) * 1000)
    expect(await gateway.admin(token)).toEqual([401, 'not_authenticated'])
    expect(keys.asked).toEqual(['/keys', '/keys'])
  })

  it('is asked for a key that it does not have, and not more often than each half minute', async () => {
    keys.state.keys = []
    const gateway = openGateway(`${url}/keys`)
    const token = await tokenOf()
    for (let request = 0; request < 5; request++) {
      expect((await gateway.admin(token))[0]).toBe(401)
    }
    expect(keys.asked).toHaveLength(1)
    keys.state.keys = publicKeys
    vi.setSystemTime((NOW + 31) * 1000)
    expect((await gateway.admin(token))[0]).toBe(200)
  })

  it.each<[string, Partial<typeof keys.state>, boolean]>([
    ['is out of reach', {}, true],
    ['fails', { status: 500 }, false],
    ['is no key set', { keys: 'none' as unknown as JWK[] }, false],
    ['redirects', { status: 302, location: 'elsewhere' }, false],
    ['never ends', { text: `{"keys":[],"more":"${'x'.repeat(2 * 1024 * 1024)}"}` }, false],
    ['has a name twice', { text: '{"keys":[],"keys":[]}' }, false],
    ['is no answer', { status: 204 }, false],
  ])('and %s is 503 for admins and apps alike, and never a defect', async (_, altered, gone) => {
    Object.assign(keys.state, altered, altered.location && { location: `${elsewhereUrl}/keys` })
    const closed = keyServer()
    const closedUrl = await closed.listen()
    await closed.close()
    const gateway = openGateway(gone ? closedUrl : url)
    const token = await tokenOf({ claims: { tenant: 'acme', app: 'shop' } })
    expect(await gateway.admin(token)).toEqual([503, 'unavailable'])
    expect(await gateway.app(token)).toEqual([
      503,
      {
        message: 'The token could not be checked: its keys are out of reach',
        type: 'api_error',
        param: null,
        code: 'storage_unavailable',
      },
    ])
    expect([elsewhere.asked, gateway.seen.reports]).toEqual([[], []])
  })
})
