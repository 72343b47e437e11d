import { describe, expect, it } from 'vitest'
import { CHAT, createFakeGateway, type FakeOptions, post } from './fake-gateway.ts'

const PATH = '/v1/chat/completions'
const PAGE = 'https://app.example'
const OWN = 'http://localhost'

const codeOf = async (response: Response) => {
  const body = await response.json()
  return [response.status, body.error?.code ?? body.code]
}

const routes: readonly (readonly [string, RequestInit])[] = [
  [PATH, post(CHAT)],
  ['/v1/embeddings', post({})],
  ['/v1/moderations', post({})],
  ['/v1/models', { headers: post({}).headers ?? {} }],
  ['/v1/nothing', { headers: post({}).headers ?? {} }],
  ['/healthz', {}],
  ['/readyz', {}],
  ['/admin/v1/keys', {}],
  ['/admin/openapi.json', {}],
]

const strangers: readonly (readonly [string, Record<string, string>])[] = [
  ['another origin', { origin: 'https://evil.example' }],
  ['another port of this machine', { origin: 'http://localhost:9999' }],
  ['an origin that is hidden', { origin: 'null' }],
  ['an app whose origin has our name', { origin: 'tauri://localhost', host: 'localhost' }],
  ['an image on another site', { 'sec-fetch-site': 'cross-site' }],
  ['an image on a site beside', { 'sec-fetch-site': 'same-site' }],
]

const withHeaders = (init: RequestInit, headers: Record<string, string>): RequestInit => ({
  ...init,
  headers: { ...Object.fromEntries(new Headers(init.headers)), ...headers },
})

describe.each(routes)('%s', (path, init) => {
  it.each(strangers)('is not for a page of %s', async (_, headers) => {
    const { app, seen } = createFakeGateway({ mode: 'off' })
    const response = await app.request(path, withHeaders(init, headers))
    expect((await codeOf(response))[0]).toBe(403)
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
    expect(seen.upstream).toEqual([])
  })

  it.each(['evil.example', 'evil.example:8787', 'localhost.evil.example', '127.0.0.1.nip.io'])(
    'is not for %s on loopback',
    async (host) => {
      const { app } = createFakeGateway()
      const response = await app.request(path, withHeaders(init, { host }))
      expect((await codeOf(response))[0]).toBe(403)
    },
  )

  it('is not for two hosts at once', async () => {
    const { app } = createFakeGateway()
    const response = await app.request(path, withHeaders(init, { host: 'localhost, localhost' }))
    expect(await codeOf(response)).toEqual([400, 'invalid_request'])
  })
})

describe('a request', () => {
  it.each([
    'localhost',
    'localhost:8787',
    '127.0.0.1:8787',
    '127.1.2.3',
    '[::1]:8787',
    'LOCALHOST',
  ])('by the name %s is served on loopback', async (host) => {
    const { app } = createFakeGateway()
    expect((await app.request(PATH, post(CHAT, { host }))).status).toBe(200)
  })

  it('by any name is served where others than this machine may ask', async () => {
    const { app } = createFakeGateway({ doors: { loopback: false } })
    expect((await app.request(PATH, post(CHAT, { host: 'chambers.example' }))).status).toBe(200)
  })

  it('whose target names another host than the header is not served on loopback', async () => {
    const { app } = createFakeGateway()
    const response = await app.request(
      `http://evil.example${PATH}`,
      post(CHAT, { host: 'localhost' }),
    )
    expect(await codeOf(response)).toEqual([403, 'origin_not_allowed'])
  })

  it.each<[string, Record<string, string>]>([
    ['the own origin', { origin: OWN, host: 'localhost', 'sec-fetch-site': 'same-origin' }],
    // Proxies write the Host header anew, and the browser has seen the page and the gateway under one name.
    [
      'the own origin, behind a proxy that names us otherwise,',
      { origin: 'https://app.example', host: '127.0.0.1:8787', 'sec-fetch-site': 'same-origin' },
    ],
    ['the address bar', { 'sec-fetch-site': 'none' }],
  ])('of %s is served, without a word for pages', async (_, headers) => {
    const { app } = createFakeGateway()
    const response = await app.request(PATH, post(CHAT, headers))
    expect(response.status).toBe(200)
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
  })

  it.each(['enforce', 'shadow', 'off'] as const)(
    'that is no JSON is refused in %s, before anybody is asked',
    async (mode) => {
      for (const path of [PATH, '/v1/embeddings', '/v1/moderations']) {
        for (const type of ['text/plain', 'application/x-www-form-urlencoded', '']) {
          const { app, seen } = createFakeGateway({ mode })
          const body = new TextEncoder().encode(JSON.stringify(CHAT))
          const { authorization = '' } = post(CHAT).headers as Record<string, string>
          const headers = { authorization, ...(type && { 'content-type': type }) }
          const response = await app.request(path, { method: 'POST', headers, body })
          const { error } = await response.json()
          expect([response.status, error.code, error.message]).toEqual([
            400,
            'invalid_request',
            'Send the body as application/json in UTF-8',
          ])
          expect(seen.upstream).toEqual([])
        }
      }
    },
  )
})

describe('a page that the operator has named', () => {
  const doors = { corsOrigins: ['https://other.example', PAGE] }
  const ask = (options: FakeOptions = {}, init: RequestInit = post(CHAT, { origin: PAGE })) =>
    createFakeGateway({ doors, ...options }).app.request(PATH, init)

  it('asks before it asks, without a key', async () => {
    const response = await ask(
      {},
      {
        method: 'OPTIONS',
        headers: {
          origin: PAGE,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type,x-stainless-lang',
        },
      },
    )
    expect([response.status, await response.text()]).toEqual([204, ''])
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-allow-methods': 'GET, POST, DELETE',
      'access-control-allow-headers': 'authorization,content-type,x-stainless-lang',
      'access-control-max-age': '600',
      vary: 'origin',
    })
    expect(response.headers.has('access-control-allow-credentials')).toBe(false)
  })

  it('is told nothing that it did not ask for, and nothing odd', async () => {
    const asks = { origin: PAGE, 'access-control-request-method': 'POST' }
    for (const names of ['', 'x y', 'a,,b', `${'a,'.repeat(3_000)}a`]) {
      const headers = { ...asks, 'access-control-request-headers': names }
      const response = await ask({}, { method: 'OPTIONS', headers })
      expect(response.headers.get('access-control-allow-headers')).toBeNull()
    }
  })

  it.each<[string, FakeOptions, RequestInit, number]>([
    ['an answer', {}, post(CHAT, { origin: PAGE }), 200],
    ['a stream', {}, post({ ...CHAT, stream: true }, { origin: PAGE }), 200],
    ['an answer in shadow', { mode: 'shadow' }, post(CHAT, { origin: PAGE }), 200],
    ['an answer in off', { mode: 'off' }, post(CHAT, { origin: PAGE }), 200],
    ['a refusal of its key', {}, { ...post(CHAT), headers: { origin: PAGE } }, 401],
    ['a refusal of its request', {}, post('[]', { origin: PAGE }), 400],
  ])('may read %s, and the headers that tell of it', async (_, options, init, status) => {
    const response = await ask(options, init)
    expect(response.status).toBe(status)
    expect(response.headers.get('access-control-allow-origin')).toBe(PAGE)
    expect(response.headers.get('vary')).toBe('origin')
    const exposed = response.headers.get('access-control-expose-headers')?.split(', ') ?? []
    const told = [...response.headers.keys()].filter((name) =>
      /^(?:x-(?!accel)|server-timing|retry-after)/.test(name),
    )
    for (const name of told) expect(exposed).toContain(name)
  })

  it('leaves what the upstream says of caches as it is', async () => {
    const response = await ask({
      mode: 'off',
      upstream: async () => new Response('{}', { headers: { vary: 'accept-encoding' } }),
    })
    expect(response.headers.get('vary')).toBe('accept-encoding, origin')
  })

  it('is never told to be let in by the upstream', async () => {
    const response = await ask({
      mode: 'off',
      upstream: async () =>
        new Response('{}', { headers: { 'access-control-allow-origin': 'https://evil.example' } }),
    })
    expect(response.headers.get('access-control-allow-origin')).toBe(PAGE)
  })

  it.each([
    'https://evil.example',
    'https://app.example.evil.example',
    'http://app.example',
    'null',
  ])('is not %s', async (origin) => {
    const asks = { origin, 'access-control-request-method': 'POST' }
    for (const init of [post(CHAT, asks), { method: 'OPTIONS', headers: asks }]) {
      const response = await ask({}, init)
      expect(await codeOf(response)).toEqual([403, 'origin_not_allowed'])
      expect(response.headers.has('access-control-allow-origin')).toBe(false)
    }
  })
})

describe('every page, where the operator says so', () => {
  it('may ask, and read the answer', async () => {
    const { app } = createFakeGateway({ doors: { corsOrigins: ['*'] } })
    const response = await app.request(PATH, post(CHAT, { origin: 'null' }))
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([
      200,
      '*',
    ])
  })
})

describe('what is no browser', () => {
  it('is answered as if there were none', async () => {
    const { app } = createFakeGateway({ doors: { corsOrigins: [PAGE] } })
    const response = await app.request(PATH, post(CHAT))
    expect([response.status, response.headers.has('access-control-allow-origin')]).toEqual([
      200,
      false,
    ])
  })
})
