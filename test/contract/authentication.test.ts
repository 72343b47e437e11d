import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { createAuthenticate } from '../../src/access/authenticate.ts'
import type { Principal } from '../../src/access/principal.ts'
import { createTokenVerifier } from '../../src/access/tokens.ts'
import { DatabaseError } from '../../src/database/database.ts'
import { sha256Hex } from '../../src/lib/digest.ts'
import { CHAT, createFakeGateway, KEY, post } from './fake-gateway.ts'

const PATH = '/v1/chat/completions'
const NOW = 1_800_000_000_000
const clock = { now: () => NOW, monotonic: () => 0 }

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>
const pairs = new Map<string, KeyPair>()
let stranger: KeyPair

beforeAll(async () => {
  for (const algorithm of ['EdDSA', 'ES256', 'RS256', 'PS256', 'ES384']) {
    pairs.set(algorithm, await generateKeyPair(algorithm, { extractable: true }))
  }
  stranger = await generateKeyPair('EdDSA')
})

async function verifier() {
  const keys: object[] = []
  for (const [kid, { publicKey }] of pairs) keys.push({ ...(await exportJWK(publicKey)), kid })
  return createTokenVerifier({ keys: { set: { keys } }, issuer: 'iss', audience: 'aud' }, clock)
}

type TokenOptions = {
  readonly algorithm?: string
  readonly claims?: object
  readonly issuer?: string
  readonly audience?: string
  readonly expires?: number | null
  readonly key?: KeyPair
}

function tokenOf(options: TokenOptions = {}): Promise<string> {
  const { algorithm = 'EdDSA', claims = { tenant: 'acme', app: 'shop' } } = options
  const { expires = 60 } = options
  const token = new SignJWT({ ...claims })
    .setProtectedHeader({ alg: algorithm, kid: algorithm })
    .setIssuer(options.issuer ?? 'iss')
    .setAudience(options.audience ?? 'aud')
    .setSubject('user-1')
  if (expires !== null) token.setExpirationTime(NOW / 1000 + expires)
  const pair = options.key ?? pairs.get(algorithm)
  if (!pair) throw new Error(`no key for ${algorithm}`)
  return token.sign(pair.privateKey)
}

const unsigned = `${btoa('{"alg":"none"}')}.${btoa('{"tenant":"acme","iss":"iss","aud":"aud","exp":9999999999}')}.`

const bearer = (token: string) => new Headers({ authorization: `Bearer ${token}` })

const REFUSAL = {
  message: 'The API key is missing or not valid',
  type: 'authentication_error',
  param: null,
  code: 'invalid_api_key',
}

describe('a caller', () => {
  it.each<[string, string | undefined]>([
    ['no header', undefined],
    ['an empty header', ''],
    ['another scheme', 'Basic abc'],
    ['a key without a scheme', KEY],
    ['an unknown key', `Bearer ${KEY.replaceAll('5', '6')}`],
    ['a key cut short', `Bearer ${KEY.slice(0, -1)}`],
    ['a key of another make', 'Bearer sk-1234567890'],
    ['two keys', `Bearer ${KEY} ${KEY}`],
    ['an unsigned token', `Bearer ${unsigned}`],
    ['an overlong token', `Bearer ${'a'.repeat(9000)}`],
  ])('with %s is refused, always in the same words', async (_, authorization) => {
    const { app, seen } = createFakeGateway({ verifyToken: await verifier() })
    const headers: Record<string, string> = { 'content-type': 'application/json' }
    if (authorization !== undefined) headers.authorization = authorization
    const response = await app.request(PATH, { ...post(CHAT), headers })
    expect([response.status, (await response.json()).error]).toEqual([401, REFUSAL])
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(seen.inquiries).toEqual([])
  })

  it('needs credentials for every route of /v1, known or not', async () => {
    const { app } = createFakeGateway()
    for (const path of ['/v1/models', '/v1/models/x', '/v1/responses', '/v1/nothing']) {
      expect((await app.request(path)).status).toBe(401)
    }
  })
})

describe('a token', () => {
  const answer = async (token: string) => {
    const { app } = createFakeGateway({ verifyToken: await verifier() })
    const response = await app.request(PATH, post(CHAT, { authorization: `Bearer ${token}` }))
    return response.status
  }

  it.each(['EdDSA', 'ES256', 'RS256', 'PS256'])('signed with %s is accepted', async (algorithm) => {
    expect(await answer(await tokenOf({ algorithm }))).toBe(200)
  })

  it.each<[string, TokenOptions]>([
    ['an algorithm that is not listed', { algorithm: 'ES384' }],
    ['a limit that is none', { claims: { tenant: 'acme', limits: { rpm: 0 } } }],
    ['a limit in words', { claims: { tenant: 'acme', limits: { rpm: '60' } } }],
    ['another issuer', { issuer: 'other' }],
    ['another audience', { audience: 'other' }],
    ['no expiry', { expires: null }],
    ['an expiry in the past', { expires: -60 }],
    ['no tenant', { claims: { app: 'shop' } }],
    ['NUL in its tenant', { claims: { tenant: 'ac\0me' } }],
    ['half a character in its tenant', { claims: { tenant: 'ac\ud800me' } }],
    ['half a character in its app', { claims: { tenant: 'acme', app: '\udc00' } }],
    ['an unknown consent', { claims: { tenant: 'acme', consent: 'all' } }],
  ])('with %s is refused', async (_, options) => {
    expect(await answer(await tokenOf(options))).toBe(401)
  })

  it('signed by a stranger is refused', async () => {
    expect(await answer(await tokenOf({ key: stranger }))).toBe(401)
  })

  it('signed with the published key as a secret is refused', async () => {
    const { publicKey } = pairs.get('RS256') ?? stranger
    const secret = new TextEncoder().encode(JSON.stringify(await exportJWK(publicKey)))
    const forged = await new SignJWT({ tenant: 'acme' })
      .setProtectedHeader({ alg: 'HS256', kid: 'RS256' })
      .setIssuer('iss')
      .setAudience('aud')
      .setExpirationTime(NOW / 1000 + 60)
      .sign(secret)
    expect(await answer(forged)).toBe(401)
  })

  it('becomes a principal by its claims', async () => {
    const authenticate = createAuthenticate({
      off: false,
      findKey: null,
      verifyToken: await verifier(),
      sha256: sha256Hex,
    })
    const claims = {
      tenant: 'acme',
      app: 'shop',
      policies: ['agentic'],
      consent: 'harvest',
      scope: 'a b',
      limits: { rpm: 60 },
    }
    expect(await authenticate(bearer(await tokenOf({ claims })))).toEqual({
      kind: 'jwt',
      id: 'user-1',
      tenant: 'acme',
      app: 'shop',
      policies: ['agentic'],
      minimumMode: null,
      requestsPerMinute: 60,
      consent: 'harvest',
      scope: ['a', 'b'],
      subject: 'user-1',
    } satisfies Principal)
  })
})

describe('a caller with a limit', () => {
  const limited = () => createFakeGateway({ principal: { requestsPerMinute: 1 } })

  it.each(['/v1/chat/completions', '/v1/embeddings', '/v1/moderations'])(
    'meets it at %s, and is told when to come back',
    async (path) => {
      const { app, seen } = limited()
      expect((await app.request(path, post(CHAT))).status).toBe(200)
      const response = await app.request(path, post(CHAT))
      expect([response.status, response.headers.get('retry-after')]).toEqual([429, '60'])
      expect((await response.json()).error).toEqual({
        message: 'Too many requests: these credentials may make at most 1 a minute',
        type: 'rate_limit_error',
        param: null,
        code: 'rate_limited',
      })
      expect(seen.inquiries.length + seen.upstream.length).toBe(1)
    },
  )

  it.each(['/v1/models', '/v1/models/m', '/v1/nothing'])(
    'meets it at %s too: every request counts',
    async (path) => {
      const { app } = limited()
      const { body: _, ...get } = { ...post({}), method: 'GET' }
      await app.request(path, get)
      const response = await app.request(path, get)
      expect([response.status, (await response.json()).error.code]).toEqual([429, 'rate_limited'])
    },
  )
})

describe('a key', () => {
  it('is looked up by its digest alone', async () => {
    const asked: string[] = []
    const authenticate = createAuthenticate({
      off: false,
      findKey: async (digest) => {
        asked.push(digest)
        return { kind: 'key' } as Principal
      },
      verifyToken: null,
      sha256: sha256Hex,
    })
    await authenticate(bearer(KEY))
    expect(asked).toEqual([await sha256Hex(KEY)])
  })

  it.each<[readonly string[], string | undefined, number, string | undefined]>([
    [[], undefined, 200, 'default'],
    [[], 'default', 200, 'default'],
    [[], 'agentic', 403, undefined],
    [['agentic'], undefined, 200, 'agentic'],
    [['agentic'], 'default', 403, undefined],
    [['*'], 'agentic', 200, 'agentic'],
    [['*'], 'unknown', 404, undefined],
    [['*'], 'default@dddd', 200, 'default'],
    [['*'], 'default@abcd', 404, undefined],
    [['*'], 'default@', 400, undefined],
    [['*'], '../etc', 400, undefined],
  ])('for the policies %j that asks for %s gets %i', async (policies, header, status, policy) => {
    const { app } = createFakeGateway({ principal: { policies } })
    const headers: Record<string, string> = header ? { 'x-chambers-policy': header } : {}
    const response = await app.request(PATH, post(CHAT, headers))
    expect(response.status).toBe(status)
    const codes: Record<number, string> = {
      400: 'invalid_request',
      403: 'insufficient_scope',
      404: 'policy_not_found',
    }
    if (status !== 200) expect((await response.json()).error.code).toBe(codes[status])
    expect(response.headers.get('x-chambers-policy')?.split('@')[0]).toBe(policy)
  })
})

describe('an admin', () => {
  const request = async (method: string, path: string, token: string | null, body?: object) => {
    const { app } = gateway
    return app.request(`/admin/v1${path}`, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        'content-type': 'application/json',
      },
      ...(body && { body: JSON.stringify(body) }),
    })
  }
  let gateway: ReturnType<typeof createFakeGateway>
  beforeAll(async () => {
    gateway = createFakeGateway({ verifyAdminToken: await verifier() })
  })
  const admin = (scope: string, tenants = ['acme']) => tokenOf({ claims: { scope, tenants } })

  it('without a token gets a problem, and so does an app key', async () => {
    for (const token of [null, KEY]) {
      const response = await request('GET', '/keys', token)
      expect([response.status, response.headers.get('content-type')]).toEqual([
        401,
        'application/problem+json',
      ])
      expect(await response.json()).toMatchObject({
        type: 'about:blank',
        title: 'Not authenticated',
        status: 401,
        detail: expect.stringMatching(/^The admin token is missing or not valid: /),
      })
    }
  })

  it('needs the scope of the route', async () => {
    const response = await request('GET', '/keys', await admin('transcript:read'))
    expect([response.status, (await response.json()).detail]).toEqual([
      403,
      'The token lacks the scope key:manage',
    ])
  })

  it('makes, lists and revokes keys of its tenants', async () => {
    const token = await admin('key:manage')
    const made = await request('POST', '/keys', token, { tenant: 'acme', app: 'shop' })
    const { id, key } = await made.json()
    expect([made.status, key]).toEqual([201, expect.stringMatching(/^chm_[0-9a-f]{8}_/)])
    expect(made.headers.get('cache-control')).toBe('no-store')
    const listed = await (await request('GET', '/keys', token)).json()
    expect(listed.keys).toEqual([expect.objectContaining({ id, app: 'shop', consent: 'audit' })])
    expect(JSON.stringify(listed)).not.toContain(key)
    expect((await request('DELETE', `/keys/${id}`, token)).status).toBe(204)
    expect((await request('DELETE', `/keys/${id}`, token)).status).toBe(404)
  })

  it('neither makes nor sees nor revokes keys of another tenant', async () => {
    const owner = await admin('key:manage', ['*'])
    const other = await admin('key:manage', ['other'])
    const made = await request('POST', '/keys', owner, { tenant: 'acme' })
    const { id } = await made.json()
    expect((await request('POST', '/keys', other, { tenant: 'acme' })).status).toBe(403)
    expect((await (await request('GET', '/keys', other)).json()).keys).toEqual([])
    expect((await request('DELETE', `/keys/${id}`, other)).status).toBe(404)
  })

  it.each([
    [{ tenant: 'acme', consent: 'all' }, '/consent', 'field_invalid'],
    [{ tenant: 'acme', colour: 'red' }, '/colour', 'field_unknown'],
    [{ tenant: 'a\u0000b' }, '/tenant', 'field_invalid'],
  ])('is told what is wrong with %j', async (body, pointer, code) => {
    const response = await request('POST', '/keys', await admin('key:manage'), body)
    const { problems } = await response.json()
    expect([response.status, problems]).toEqual([400, [expect.objectContaining({ code, pointer })]])
  })

  it.each(['/admin/openapi', '/admin/v2/keys', '/admin/'])('finds nothing at %s', async (path) => {
    const response = await gateway.app.request(path)
    expect([response.status, await response.json()]).toEqual([
      404,
      expect.objectContaining({ title: 'Not found', detail: 'No such route or object' }),
    ])
  })

  it('is told that the database is away, and nobody is told of a defect', async () => {
    const { app, seen } = createFakeGateway({
      verifyAdminToken: await verifier(),
      admin: {
        transcripts: {
          read: () => Promise.reject(new DatabaseError('unavailable', 'Cannot reach it')),
          list: async () => [],
          rows: async () => [],
          count: () => Promise.resolve(0),
          names: async () => [],
        },
      },
    })
    const response = await app.request(`/admin/v1/transcripts/tr_${'0'.repeat(32)}`, {
      headers: { authorization: `Bearer ${await admin('transcript:read')}` },
    })
    expect([response.status, await response.json()]).toEqual([
      503,
      expect.objectContaining({ title: 'Unavailable', detail: 'The database is out of reach' }),
    ])
    expect(seen.reports).toEqual([])
  })

  it('finds no unknown route and no unknown transcript', async () => {
    const token = await admin('transcript:read key:manage')
    for (const path of ['/nothing', '/transcripts/x', `/transcripts/tr_${'0'.repeat(32)}`]) {
      const response = await request('GET', path, token)
      expect([response.status, response.headers.get('content-type')]).toEqual([
        404,
        'application/problem+json',
      ])
    }
  })
})
