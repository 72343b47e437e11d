import { describe, expect, it } from 'vitest'
import type { Mode } from '../../src/policy/section.ts'
import { CHAT, createFakeGateway, DIGEST, post } from './fake-gateway.ts'

const PATH = '/v1/chat/completions'

/** Bytes no parser would give back as they are. */
const BYTES = new Uint8Array([0x7b, 0x20, 0xff, 0xfe, 0x00, 0x0a, 0x7d])

const REQUEST = '{"model":"m",  "messages":[ {"role":"user","content":"h\\u00e9"} ],"x":1.0}'

const answerBytes = async () =>
  new Response(BYTES, {
    headers: {
      'content-type': 'application/x-odd',
      'x-vendor': 'kept',
      'set-cookie': 'dropped=1',
      'x-request-id': 'vendor-1',
    },
  })

describe.each<Mode>(['off', 'shadow'])('a relayed request in %s', (mode) => {
  it('passes body, status and headers, with the names of its exchange', async () => {
    const { app, seen } = createFakeGateway({ mode, upstream: answerBytes })
    const length = { 'content-length': String(REQUEST.length), 'x-chambers-session': 's' }
    const response = await app.request(PATH, post(REQUEST, length))
    expect(response.status).toBe(200)
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(BYTES)
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-type': 'application/x-odd',
      'x-vendor': 'kept',
      'x-chambers-mode': mode,
      'x-chambers-outcome': 'passed',
      'x-chambers-policy': `default@${DIGEST}`,
      'x-chambers-transcript': expect.stringMatching(/^tr_/),
      'x-request-id': expect.stringMatching(/^req_/),
    })
    const [sent] = seen.upstream
    expect(await sent?.text()).toBe(REQUEST)
    expect(sent?.url).toBe('http://upstream.test/v1/chat/completions')
    expect(sent?.headers.get('authorization')).toBe('Bearer vendor-key')
    expect(sent?.headers.has('x-chambers-session')).toBe(false)
    expect(seen.inquiries).toEqual([])
  })

  it.each([400, 404, 429, 500, 503])('keeps the status %i of the upstream', async (status) => {
    const { app, seen } = createFakeGateway({
      mode,
      upstream: async () => new Response('vendor words', { status }),
    })
    const response = await app.request(PATH, post(REQUEST))
    expect([response.status, await response.text()]).toEqual([status, 'vendor words'])
    expect(seen.jobs).toEqual([])
  })

  it.each([401, 403])("hides that the gateway's own credentials got %i", async (status) => {
    const upstream = async () => new Response('vendor words', { status })
    const { app } = createFakeGateway({ mode, upstream })
    const response = await app.request(PATH, post(REQUEST))
    const text = await response.text()
    expect([response.status, JSON.parse(text).error.code]).toEqual([502, 'upstream_error'])
    expect(text).not.toContain('vendor words')
  })

  it('answers 502 when there is no upstream', async () => {
    const upstream = () => Promise.reject(new TypeError('refused'))
    const { app } = createFakeGateway({ mode, upstream })
    const response = await app.request(PATH, post(REQUEST))
    expect([response.status, (await response.json()).error.code]).toEqual([502, 'upstream_error'])
  })

  it('cancels the upstream when the reader goes away', async () => {
    const cancelled = Promise.withResolvers<void>()
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(BYTES),
      cancel: () => cancelled.resolve(),
    })
    const { app } = createFakeGateway({ mode, upstream: async () => new Response(endless) })
    const response = await app.request(PATH, post(REQUEST))
    await response.body?.cancel()
    await expect(cancelled.promise).resolves.toBeUndefined()
  })

  it('never ends clean when the upstream breaks off', async () => {
    const broken = new ReadableStream({
      start: (controller) => controller.enqueue(BYTES),
      pull: (controller) => controller.error(new Error('reset')),
    })
    const { app } = createFakeGateway({ mode, upstream: async () => new Response(broken) })
    const response = await app.request(PATH, post(REQUEST))
    await expect(response.arrayBuffer()).rejects.toThrow()
  })
})

describe('in off', () => {
  it('a body that is no JSON is relayed all the same, and noted without content', async () => {
    const { app, seen } = createFakeGateway({ mode: 'off', upstream: answerBytes })
    await app.request(PATH, post('not json'))
    expect(await seen.upstream[0]?.text()).toBe('not json')
    expect(seen.relays).toEqual([{ status: 200, totalMs: 0 }])
  })
})

describe('in shadow', () => {
  const length = { 'content-length': String(REQUEST.length) }

  it('leaves a job of plain JSON behind', async () => {
    const { app, seen } = createFakeGateway({ mode: 'shadow', upstream: answerBytes })
    const response = await app.request(PATH, post(REQUEST, length))
    await Promise.all(seen.deferred)
    expect(JSON.parse(JSON.stringify(seen.jobs))).toEqual([
      {
        body: REQUEST,
        policy: { id: 'default', digest: DIGEST, candidate: null },
        exchange: expect.objectContaining({
          transcriptId: response.headers.get('x-chambers-transcript'),
          mode: 'shadow',
        }),
      },
    ])
    expect(seen.jobs[0]?.exchange).not.toHaveProperty('bundle')
  })

  it('tells a client whose body breaks off so, and reports no defect', async () => {
    const { app, seen } = createFakeGateway({ mode: 'shadow', upstream: answerBytes })
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('reset')) })
    const request = { ...post('', length), body, duplex: 'half' } as RequestInit
    const response = await app.request(PATH, request)
    expect([response.status, (await response.json()).error]).toEqual([
      400,
      expect.objectContaining({
        code: 'invalid_request',
        message: 'The body ended before it was whole',
      }),
    ])
    expect([seen.reports, seen.upstream]).toEqual([[], []])
    expect(seen.relays).toEqual([{ status: null, totalMs: 0, dropped: 'cut' }])
  })

  /** An upstream that answers once it has read the request. */
  const readBytes = async (request: Request) => {
    expect(await request.text()).toBe(REQUEST)
    return answerBytes()
  }

  it.each([
    ['declared', length],
    ['unknown', {}],
  ])(
    'relays a body of %s length that is larger than may be kept, and notes that',
    async (_, headers) => {
      const { app, seen } = createFakeGateway({
        mode: 'shadow',
        upstream: readBytes,
        maxBodyBytes: REQUEST.length - 1,
      })
      expect((await app.request(PATH, post(REQUEST, headers))).status).toBe(200)
      await Promise.all(seen.deferred)
      expect(seen.jobs).toEqual([])
      expect([seen.relays, seen.drops]).toEqual([
        [{ status: 200, totalMs: 0, dropped: 'too_large' }],
        ['too_large'],
      ])
    },
  )

  it.each([
    ['declared', length],
    ['unknown', {}],
  ])('relays a body of %s length for a copy of which there is no room', async (_, headers) => {
    const { app, seen } = createFakeGateway({
      mode: 'shadow',
      upstream: readBytes,
      bytesInFlight: REQUEST.length - 1,
    })
    expect((await app.request(PATH, post(REQUEST, headers))).status).toBe(200)
    await Promise.all(seen.deferred)
    expect([seen.jobs, seen.drops]).toEqual([[], ['busy']])
  })

  it('leaves a job of a body of unknown length', async () => {
    const { app, seen } = createFakeGateway({ mode: 'shadow', upstream: readBytes })
    expect((await app.request(PATH, post(REQUEST))).status).toBe(200)
    await Promise.all(seen.deferred)
    expect(seen.jobs).toMatchObject([{ body: REQUEST }])
    expect(seen.relays).toEqual([])
  })

  it('notes a body of unknown length that broke off once the upstream had answered', async () => {
    const { app, seen } = createFakeGateway({ mode: 'shadow', upstream: answerBytes })
    const request = new Request(`http://localhost${PATH}`, {
      ...post(''),
      body: new ReadableStream({ start: (controller) => controller.enqueue(BYTES) }),
      duplex: 'half',
    } as RequestInit)
    expect((await app.request(request)).status).toBe(200)
    await seen.upstream[0]?.body?.cancel()
    await Promise.all(seen.deferred)
    expect([seen.jobs, seen.relays]).toEqual([[], [{ status: 200, totalMs: 0, dropped: 'cut' }]])
  })

  it('notes what the upstream has refused, of which nothing is lost', async () => {
    const upstream = async () => new Response('vendor words', { status: 429 })
    const { app, seen } = createFakeGateway({ mode: 'shadow', upstream })
    await app.request(PATH, post(REQUEST, length))
    await Promise.all(seen.deferred)
    expect([seen.relays, seen.fates]).toEqual([[{ status: 429, totalMs: 0 }], []])
  })
})

describe('a key', () => {
  it.each<[Mode, Mode, Mode]>([
    ['off', 'shadow', 'shadow'],
    ['off', 'enforce', 'enforce'],
    ['enforce', 'off', 'enforce'],
    ['shadow', 'off', 'shadow'],
  ])('turns a policy in %s with a minimum of %s into %s', async (mode, minimumMode, effective) => {
    const { app } = createFakeGateway({ mode, principal: { minimumMode } })
    const response = await app.request(PATH, post(CHAT))
    expect(response.headers.get('x-chambers-mode')).toBe(effective)
  })
})

describe.each(['embeddings', 'moderations'])('%s', (route) => {
  it('pass through, body and answer', async () => {
    const { app, seen } = createFakeGateway({ upstream: answerBytes })
    const response = await app.request(`/v1/${route}`, post('{"input": "x"}'))
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(BYTES)
    expect(seen.upstream[0]?.url).toBe(`http://upstream.test/v1/${route}`)
    expect(response.headers.get('x-request-id')).toMatch(/^req_/)
  })

  it('take the version of an API up, and nothing else of a query', async () => {
    const { app, seen } = createFakeGateway()
    const query = '?key=stolen&api-version=2024-10-21&route=b'
    await app.request(`/v1/${route}${query}`, post('{"input": "x"}'))
    expect(seen.upstream[0]?.url).toBe(`http://upstream.test/v1/${route}?api-version=2024-10-21`)
  })

  it('take no header up that nobody has allowed', async () => {
    const { app, seen } = createFakeGateway()
    const odd = { 'x-goog-api-key': 'k', 'x-portkey-provider': 'p', 'openai-beta': 'b' }
    await app.request(`/v1/${route}`, post('{"input": "x"}', odd))
    expect(Object.fromEntries(seen.upstream[0]?.headers ?? [])).toEqual({
      'accept-encoding': 'identity',
      authorization: 'Bearer vendor-key',
      'content-type': 'application/json',
      'openai-beta': 'b',
    })
  })
})

describe('models', () => {
  const list = { object: 'list', data: [{ id: 'm', object: 'model', created: 1, owned_by: 'v' }] }

  it("are the upstream's own, asked for once", async () => {
    const { app, seen } = createFakeGateway({ upstream: async () => Response.json(list) })
    for (let round = 0; round < 3; round++) {
      const response = await app.request('/v1/models', { headers: post(CHAT).headers ?? {} })
      expect(await response.json()).toEqual(list)
    }
    expect(seen.upstream.map(({ url }) => url)).toEqual(['http://upstream.test/v1/models'])
  })

  it('are found by ids with slashes', async () => {
    const { app, seen } = createFakeGateway({ upstream: async () => Response.json(list.data[0]) })
    await app.request('/v1/models/org/model', { headers: post(CHAT).headers ?? {} })
    expect(seen.upstream[0]?.url).toBe('http://upstream.test/v1/models/org%2Fmodel')
  })

  it.each([
    [404, 404, 'not_found'],
    [500, 502, 'upstream_error'],
    [401, 502, 'upstream_error'],
    [429, 429, 'rate_limited'],
  ])('whose upstream answers %i are %i %s, and are not remembered', async (from, to, code) => {
    const { app, seen } = createFakeGateway({
      upstream: async () => new Response('vendor words', { status: from }),
    })
    for (let round = 0; round < 2; round++) {
      const response = await app.request('/v1/models/x', { headers: post(CHAT).headers ?? {} })
      expect([response.status, (await response.json()).error.code]).toEqual([to, code])
    }
    expect(seen.upstream).toHaveLength(2)
  })

  const failed = async (upstream: () => Promise<Response>) => {
    const { app } = createFakeGateway({ upstream })
    const response = await app.request('/v1/models', { headers: post(CHAT).headers ?? {} })
    const { code, message } = (await response.json()).error
    return [response.status, code, message]
  }

  it.each([[404], [405], [501]])(
    'that the upstream has no route for (%i) are told as such',
    async (status) => {
      expect(await failed(async () => new Response('vendor words', { status }))).toEqual([
        404,
        'not_found',
        'The model server tells of no models: it has no such route. Name a model all the same',
      ])
    },
  )

  it('come with the wait that the upstream asks for', async () => {
    const headers = { 'retry-after': '7', 'set-cookie': 'a=b' }
    const { app } = createFakeGateway({
      upstream: async () => new Response(null, { status: 429, headers }),
    })
    const response = await app.request('/v1/models', { headers: post(CHAT).headers ?? {} })
    expect([response.headers.get('retry-after'), response.headers.get('set-cookie')]).toEqual([
      '7',
      null,
    ])
  })

  it('beyond the bound are not read on', async () => {
    let isCancelled = false
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(50_000).fill(32)),
      cancel: () => {
        isCancelled = true
      },
    })
    const [status, code] = await failed(async () => new Response(endless))
    expect([status, code, isCancelled]).toEqual([502, 'upstream_error', true])
  })

  it.each([['<html>'], ['{"error":{"message":"vendor words"}}'], ['{"data":[']])(
    'that are %s are an error of the upstream',
    async (text) => {
      const [status, code] = await failed(async () => new Response(text))
      expect([status, code]).toEqual([502, 'upstream_error'])
    },
  )
})
