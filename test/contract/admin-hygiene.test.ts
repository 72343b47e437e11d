import { beforeEach, describe, expect, it } from 'vitest'
import { type AdminGateway, openAdminGateway, revisionOf, tokenFor } from './admin-gateway.ts'

const MIB = 1024 * 1024

let gateway: AdminGateway
beforeEach(async () => {
  gateway = await openAdminGateway()
})

const told = async (response: Response) => {
  const { code, detail } = await response.json()
  return [response.status, code, detail]
}

/** A body without a declared length, and how much of it was taken. */
function streamOf(bytes: number) {
  const chunk = new Uint8Array(64 * 1024).fill(0x20)
  const taken = { bytes: 0, cancelled: false }
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (taken.bytes >= bytes) return controller.close()
        taken.bytes += chunk.byteLength
        controller.enqueue(chunk)
      },
      cancel() {
        taken.cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { stream, taken }
}

describe('a body', () => {
  const routes: readonly (readonly [string, number])[] = [
    ['/policies/garden/revisions', 8 * MIB],
    ['/policies/garden/check', 8 * MIB],
    ['/policies/garden/activate', 64 * 1024],
    ['/policies/garden/rollback', 64 * 1024],
    ['/keys', 64 * 1024],
  ]

  it.each(routes)('to %s of 50 MB is refused and read no further than %i', async (path, cap) => {
    const { stream, taken } = streamOf(50 * MIB)
    const response = await gateway.app.request(`/admin/v1${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await tokenFor()}`,
        'content-type': 'application/json',
        'if-match': '*',
      },
      body: stream,
      duplex: 'half',
    } as RequestInit)
    expect(await told(response)).toEqual([
      413,
      'request_too_large',
      `Send a body of at most ${cap} bytes`,
    ])
    expect(taken.cancelled).toBe(true)
    expect(taken.bytes).toBeLessThanOrEqual(cap + 64 * 1024)
  })

  it.each(routes)(
    'to %s that declares a byte more than %i is not read at all',
    async (path, cap) => {
      const { stream, taken } = streamOf(cap)
      const response = await gateway.app.request(`/admin/v1${path}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${await tokenFor()}`,
          'content-type': 'application/json',
          'content-length': String(cap + 1),
          'if-match': '*',
        },
        body: stream,
        duplex: 'half',
      } as RequestInit)
      expect([response.status, taken.bytes]).toEqual([413, 0])
    },
  )

  it.each<[string, string | Uint8Array, Record<string, string>, string]>([
    [
      'of another type',
      '{}',
      { 'content-type': 'text/plain' },
      'Send the body as application/json in UTF-8',
    ],
    [
      'that is compressed',
      '{}',
      { 'content-encoding': 'gzip' },
      'Send the body without a content-encoding',
    ],
    ['cut off', '{"tenant": "ac', {}, 'Send the body as JSON: it could not be parsed'],
    ['that is empty', '', {}, 'Send the body as JSON: it could not be parsed'],
    ['that is a list', '[]', {}, 'Send a JSON object as the body'],
    ['with a forbidden key', '{"__proto__": {}}', {}, 'Send JSON without the key __proto__'],
    ['that is nested too deep', `{"a":${'['.repeat(300)}`, {}, 'Send JSON of at most 200 levels'],
    ['that is no UTF-8', Uint8Array.of(0x7b, 0xff, 0x7d), {}, 'Send the body in UTF-8'],
  ])('%s is refused with what to send', async (_, body, headers, detail) => {
    const response = await gateway.ask('POST', '/keys', { body, headers })
    expect(await told(response)).toEqual([400, 'invalid_request', detail])
  })

  it('is not looked at where the token lacks the scope', async () => {
    const response = await gateway.ask('POST', '/keys', { claims: { scope: '' }, body: '{' })
    expect(await told(response)).toEqual([
      403,
      'insufficient_scope',
      'The token lacks the scope key:manage',
    ])
  })
})

describe('a route', () => {
  it('that is there is 405 for other methods, with those that it takes', async () => {
    const takes: Readonly<Record<string, string>> = {
      '/policies': 'GET, HEAD',
      '/policies/garden/revisions': 'GET, POST, HEAD',
      '/policies/garden/activate': 'POST',
      '/keys': 'GET, POST, HEAD',
      '/keys/0123abcd': 'DELETE',
      '/audit': 'GET, HEAD',
      '/transcripts': 'GET, DELETE, HEAD',
      '/status': 'GET, HEAD',
    }
    for (const [path, allow] of Object.entries(takes)) {
      const response = await gateway.ask('PUT', path)
      expect([path, ...(await told(response)), response.headers.get('allow')]).toEqual([
        path,
        405,
        'method_not_allowed',
        `Use ${allow}`,
        allow,
      ])
    }
  })

  it('that is not there is 404, and to strangers 401 like any other', async () => {
    for (const path of ['/', '/nothing', '/policies/garden/nothing', '/keys/0123abcd/x']) {
      expect(await told(await gateway.ask('GET', path))).toEqual([
        404,
        'not_found',
        'No such route',
      ])
      const stranger = await gateway.app.request(`/admin/v1${path}`)
      expect(await told(stranger)).toEqual([
        401,
        'not_authenticated',
        expect.stringMatching(/^The admin token is missing or not valid: /),
      ])
      expect(stranger.headers.get('www-authenticate')).toBe('Bearer')
    }
  })

  it('answers nothing that may be stored, and always with the name of the request', async () => {
    const { sent } = await revisionOf(1)
    const answers = [
      await gateway.app.request('/admin/openapi.json'),
      await gateway.ask('GET', '/policies'),
      await gateway.ask('GET', '/policies/garden', { headers: { 'if-none-match': '*' } }),
      await gateway.ask('POST', '/policies/garden/revisions', { body: sent }),
      await gateway.ask('POST', '/policies/garden/halt'),
      await gateway.ask('GET', '/nothing'),
      await gateway.ask('DELETE', '/keys/0123abcd'),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 304, 201, 428, 404, 404])
    for (const { headers } of answers) {
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('x-request-id')).toMatch(/^req_/)
    }
  })

  it('answers HEAD as GET, without the body', async () => {
    const token = await tokenFor()
    const response = await gateway.app.request('/admin/v1/policies/garden', {
      method: 'HEAD',
      headers: { authorization: `Bearer ${token}` },
    })
    expect([response.status, response.headers.get('etag'), await response.text()]).toEqual([
      200,
      expect.stringMatching(/^"0-[0-9a-f]{16}"$/),
      '',
    ])
  })

  it('tells a defect to the operator and nothing of it to the admin', async () => {
    const broken = await openAdminGateway({
      readStatus: () => Promise.reject(new Error('a table is missing')),
    })
    const response = await broken.ask('GET', '/status')
    expect(await told(response)).toEqual([500, 'internal_error', 'The gateway failed'])
    expect(broken.seen.reports).toEqual([new Error('a table is missing')])
  })
})

describe('a query', () => {
  it.each<[string, string, string, string]>([
    ['/audit', 'limit=0', 'limit', 'Send at least 1'],
    ['/audit', 'limit=201', 'limit', 'Send at most 200'],
    ['/audit', 'limit=many', 'limit', 'Send a number'],
    ['/audit', 'after=-1', 'after', 'Send at least 0'],
    ['/transcripts', 'mode=on', 'mode', 'Send one of enforce, shadow, off'],
    ['/transcripts', 'from=yesterday', 'from', 'Send a day as 2027-01-31'],
    ['/transcripts', 'app=%00', 'app', 'Send it in the form'],
    ['/transcripts', 'mode=off&mode=shadow', 'mode', 'Send one of enforce, shadow, off'],
    ['/transcripts', 'colour=red', 'colour', 'Remove this parameter: there is none of this name'],
    ['/transcripts', 'cursor=%27%20OR%201', 'cursor', 'Send it in the form'],
    ['/status', 'x=1', 'x', 'Remove this parameter: there is none of this name'],
  ])('to %s with %s names the parameter %s', async (path, query, parameter, message) => {
    const response = await gateway.ask('GET', `${path}?${query}`)
    const body = await response.json()
    expect([body.status, body.code, body.problems.length]).toEqual([400, 'invalid_request', 1])
    expect(body.problems[0]).toMatchObject({ parameter, message: expect.stringContaining(message) })
  })
})

describe('a pattern', () => {
  it('is told in words, whichever parameter it is of', async () => {
    const operations = Object.entries(gateway.document.paths).flatMap(([path, { get }]) =>
      get && path.startsWith('/admin/v1/') ? [{ path: path.replace('/admin/v1', ''), get }] : [],
    )
    const asked = operations.flatMap(({ path, get }) =>
      get.parameters.flatMap(({ name, in: place, schema }) =>
        place === 'query' && JSON.stringify(schema).includes('"pattern"')
          ? [`${path.replace('{policy}', 'garden').replace('{number}', '1')}?${name}=%00%00`]
          : [],
      ),
    )
    expect(asked.length).toBeGreaterThan(30)
    for (const path of asked) {
      const { problems } = await (await gateway.ask('GET', path)).json()
      const parameter = path.replace(/.*\?|=.*/g, '')
      const told = problems.find((one: { parameter: string }) => one.parameter === parameter)
      expect([path, told?.message]).toEqual([path, expect.stringMatching(/^Send [^$^\\]+$/)])
      expect(told.message).not.toContain('OpenAPI')
    }
  })

  it.each([
    [
      { tenant: 'a\0' },
      'Send it in the form of a name: 1 to 200 characters, and no control characters',
    ],
    [
      { policies: ['No Id'] },
      'Send it in the form of an id: lower-case letters, digits and hyphens, or of *',
    ],
    [{ expires: 0 }, 'Send a moment to come, in milliseconds since 1970'],
    [{ expires: 9e15 }, 'Send at most 8640000000000000'],
  ])('is told in words to whoever makes a key of %j', async (body, message) => {
    const { problems } = await (await gateway.ask('POST', '/keys', { body })).json()
    expect(problems).toMatchObject([{ message }])
  })
})

describe('a subject', () => {
  it('that asks too often is told when to come back, and nobody else is', async () => {
    const ask = (sub: string) => gateway.ask('DELETE', '/keys/none', { claims: { sub } })
    for (let request = 0; request < 600; request++) {
      const { status } = await gateway.app.request('/admin/v1/keys/none', {
        method: 'DELETE',
        headers: { authorization: `Bearer ${await eager}` },
      })
      expect(status).toBe(404)
    }
    const refused = await ask('eager')
    expect(await told(refused)).toEqual([
      429,
      'rate_limited',
      'Send fewer requests: a subject may make at most 600 changes a minute',
    ])
    expect(refused.headers.get('retry-after')).toBe('1')
    expect((await ask('ada')).status).toBe(404)
    expect((await gateway.ask('GET', '/keys', { claims: { sub: 'eager' } })).status).toBe(200)
    gateway.clock.time += 1_000
    expect((await ask('eager')).status).toBe(404)
  })
  const eager = tokenFor({ sub: 'eager' })
})
