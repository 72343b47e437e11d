import { beforeAll, describe, expect, it } from 'vitest'
import { revise, reworded } from '../fakes/revisions.ts'
import {
  type AdminGateway,
  type Claims,
  garden,
  openAdminGateway,
  revisionOf,
  withRevisions,
} from './admin-gateway.ts'

let gateway: AdminGateway
const get = async (path: string, claims: Claims = {}, headers = {}) => {
  const response = await gateway.ask('GET', path, { claims, headers })
  const text = await response.text()
  return { response, status: response.status, body: text === '' ? null : JSON.parse(text) }
}

beforeAll(async () => {
  gateway = await openAdminGateway()
  await withRevisions(gateway, 1, 2, 4)
  const { sent } = await revisionOf(7)
  await gateway.ask('POST', '/policies/garden/revisions', { body: sent })
  await gateway.ask('POST', '/policies/garden/activate', {
    claims: { sub: 'grace' },
    headers: { 'if-match': '"3"' },
    body: { revision: 7, percent: 25 },
  })
})

describe('the state of a policy', () => {
  const state = {
    policy: 'garden',
    version: 4,
    action: 'stage',
    active: 4,
    candidate: 7,
    percent: 25,
    shadow: false,
    callers: null,
    move: null,
    changedBy: 'admin:grace',
    reason: null,
  }

  it('is read with a strong ETag, alone and among all', async () => {
    const { response, body } = await get('/policies/garden')
    expect(response.headers.get('etag')).toBe('"4"')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(body).toMatchObject(state)
    expect((await get('/policies')).body).toEqual({ policies: [body] })
  })

  it('is the built-in one before any change', async () => {
    const fresh = await openAdminGateway()
    const response = await fresh.ask('GET', '/policies/garden')
    expect(response.headers.get('etag')).toBe(`"0-${garden.digest.slice(0, 16)}"`)
    expect(await response.json()).toMatchObject({
      version: 0,
      active: 0,
      activeDigest: garden.digest,
    })
  })

  it.each([
    ['"4"', 304],
    ['W/"4"', 304],
    ['"1", "4"', 304],
    ['*', 304],
    ['"3"', 200],
    ['4', 200],
  ])('asked for with If-None-Match: %s is answered %i', async (tags, expected) => {
    const { response, status, body } = await get('/policies/garden', {}, { 'if-none-match': tags })
    expect([status, response.headers.get('etag')]).toEqual([expected, '"4"'])
    expect(body === null).toBe(expected === 304)
  })

  it('has a history, the newest first', async () => {
    const { body } = await get('/policies/garden/history')
    expect(body.states.map((one: { version: number }) => one.version)).toEqual([4, 3, 2, 1])
    expect(body.next).toBeNull()
  })

  it('has a history that is turned page by page', async () => {
    const versions: number[][] = []
    for (let cursor = ''; versions.length < 9; ) {
      const { body } = await get(`/policies/garden/history?limit=3${cursor}`)
      versions.push(body.states.map((one: { version: number }) => one.version))
      if (body.next === null) break
      cursor = `&cursor=${body.next}`
    }
    expect(versions).toEqual([[4, 3, 2], [1]])
  })
})

describe('a policy that a token does not name', () => {
  it.each([
    ['/policies/garden'],
    ['/policies/garden/history'],
    ['/policies/garden/revisions'],
    ['/policies/garden/revisions?state=rejected'],
    ['/policies/garden/revisions/4'],
    ['/policies/garden/diff?from=0&to=4'],
  ])('is not there at %s', async (path) => {
    for (const claims of [{ policies: ['other'] }, { tenants: ['acme'] }, { policies: [] }]) {
      const { status, body } = await get(path, claims)
      expect([status, body.code, body.detail]).toEqual([404, 'not_found', 'No such policy'])
    }
    expect((await get(path, { policies: ['garden'], tenants: ['acme'] })).status).toBe(200)
  })

  it('is not in the list and cannot be changed', async () => {
    const claims = { policies: ['other'] }
    expect((await get('/policies', claims)).body).toEqual({ policies: [] })
    const jws = {}
    const { sent } = await revisionOf(9)
    const posts: readonly (readonly [string, unknown])[] = [
      ['revisions', sent],
      ['check', { bundle: sent.bundle, tests: sent.tests }],
      ['activate', { revision: 7 }],
      ['halt', undefined],
      ['rollback', { jws }],
    ]
    for (const [act, body] of posts) {
      const headers = { 'if-match': '*' }
      const response = await gateway.ask('POST', `/policies/garden/${act}`, {
        claims,
        headers,
        body,
      })
      expect([act, response.status]).toEqual([act, 404])
    }
    expect((await get('/policies/garden')).body.version).toBe(4)
  })

  it.each(['Garden', '..', 'a b', '%00', 'x'.repeat(65)])('and cannot be called %j', async (id) => {
    const { status, body } = await get(`/policies/${encodeURIComponent(id)}`)
    expect([status, body.code]).toEqual([404, 'not_found'])
  })
})

describe('revisions', () => {
  it('come in pages by falling number, to the end', async () => {
    const numbers: number[][] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const query = cursor === '' ? '?limit=3' : `?limit=3&cursor=${cursor}`
      const { body } = await get(`/policies/garden/revisions${query}`)
      numbers.push(body.revisions.map((one: { number: number }) => one.number))
      cursor = body.next
    }
    expect(numbers).toEqual([[7, 4, 2], [1]])
  })

  it('are summed up in the list', async () => {
    const { body } = await get('/policies/garden/revisions?limit=1')
    const { digest } = await reworded(garden, 7)
    expect(body.revisions).toEqual([
      {
        state: 'admitted',
        policy: 'garden',
        number: 7,
        digest,
        payload: expect.objectContaining({ author: 'Policy desk', revision: 7 }),
        signers: ['ann'],
        warnings: expect.any(Array),
        pushed: gateway.clock.time,
        pushedBy: 'admin:ada',
        waiting: null,
      },
    ])
  })

  it('are read alone with signatures and report, and with their contents when asked', async () => {
    const { body } = await get('/policies/garden/revisions/7')
    expect(Object.keys(body).sort()).toEqual(
      'digest jws number payload policy pushed pushedBy report waiting'.split(' '),
    )
    const { sent } = await revisionOf(7)
    const both = await get('/policies/garden/revisions/7?include=bundle,tests')
    expect(both.body).toEqual({ ...body, bundle: sent.bundle, tests: sent.tests })
    const one = await get('/policies/garden/revisions/7?include=tests')
    expect(one.body).toEqual({ ...body, tests: sent.tests })
  })

  it.each([
    '/revisions/3',
    '/revisions/0',
    '/revisions/x',
    '/revisions/-1',
    '/revisions/99999999999999999999',
  ])('are not found at %s', async (path) => {
    const { status, body } = await get(`/policies/garden${path}`)
    expect([status, body.code]).toEqual([404, 'not_found'])
  })
})

describe('the difference of two revisions', () => {
  const digestOf = async (number: number) => (await reworded(garden, number)).digest

  it('is told by number', async () => {
    const { body } = await get('/policies/garden/diff?from=0&to=4')
    expect(body).toMatchObject({
      from: { id: 'garden', revision: 0, digest: garden.digest },
      to: { id: 'garden', revision: 4, digest: await digestOf(4) },
      same: false,
      settings: [{ path: 'title', to: `${garden.title}, text 4` }],
    })
  })

  it('is told by the beginning of a digest, the built-in one among them', async () => {
    const from = garden.digest.slice(0, 16)
    const to = (await digestOf(2)).slice(0, 16)
    const { body } = await get(`/policies/garden/diff?from=${from}&to=${to}`)
    expect([body.from.revision, body.to.revision]).toEqual([0, 2])
  })

  it('of a revision and itself is none', async () => {
    expect((await get('/policies/garden/diff?from=4&to=4')).body.same).toBe(true)
  })

  it.each([
    ['from=0&to=3', 404, 'not_found'],
    ['from=0&to=ffffffffffffffff', 404, 'not_found'],
    ['from=0', 400, 'invalid_request'],
    ['from=0&to=XYZ', 400, 'invalid_request'],
    ['from=0&to=xyz', 404, 'not_found'],
    ['from=0&to=none', 404, 'not_found'],
    ['from=0&to=shed@1', 404, 'not_found'],
    ['from=0&from=1&to=2', 400, 'invalid_request'],
    ['from=0&to=2&colour=red', 400, 'invalid_request'],
  ])('asked for with %s is %i %s', async (query, status, code) => {
    const { body } = await get(`/policies/garden/diff?${query}`)
    expect([body.status, body.code]).toEqual([status, code])
  })

  it('names the parameter that fits two', async () => {
    const digests = await Promise.all([1, 2, 4, 7].map(digestOf))
    // Four texts that begin alike are not to be had: an empty beginning is refused, so the control answers here.
    const twins = await openAdminGateway({
      control: {
        ...gateway.control,
        revisions: async (policy, page) =>
          (await gateway.control.revisions(policy, page)).map((one, index) => ({
            ...one,
            digest: `abcd${index}${(digests[index] ?? '').slice(5)}`,
          })),
      },
    })
    const response = await twins.ask('GET', '/policies/garden/diff?from=0&to=abcd')
    expect([response.status, (await response.json()).problems]).toEqual([
      400,
      [
        {
          code: 'field_invalid',
          message: 'Send more of the digest: several revisions have one that begins so',
          parameter: 'to',
        },
      ],
    ])
  })
})

describe('the status', () => {
  it('is told as far as the policies of the admin go', async () => {
    const pinned = { digest: 'd'.repeat(64), revision: 0, candidate: null, problem: null, ageMs: 3 }
    const policies = ['garden', 'other'].map((id) => ({ ...pinned, id, state: 'live' as const }))
    const state = (await get('/policies/garden')).body
    const report = { state, requests: 5, sections: [{ section: 'A', fired: 2 }], rollout: null }
    const instance = { id: 'i1', started: 1, seen: 2, ageMs: 3, program: '0.1.0' }
    const other = await openAdminGateway({
      readStatus: async () => ({
        complete: true,
        instances: [{ ...instance, policies }],
        policies: ['garden', 'other'].map((id) => ({ ...report, id })),
      }),
    })
    const seen = async (claims: Claims) =>
      (await (await other.ask('GET', '/status', { claims })).json()) as {
        instances: { policies: unknown[] }[]
        policies: unknown[]
      }
    const all = await seen({})
    expect([all.instances[0]?.policies, all.policies]).toEqual([
      policies,
      [expect.objectContaining({ id: 'garden' }), expect.objectContaining({ id: 'other' })],
    ])
    const some = await seen({ policies: ['garden'] })
    expect(JSON.stringify(some)).not.toContain('other')
    expect(some.policies).toHaveLength(1)
  })
})

describe('a policy that was pushed and never served', () => {
  const pushed = async () => {
    const own = await openAdminGateway()
    const bundle = await revise(garden, (content) => ({ ...content, id: 'shed' }))
    const { sent, digest } = await revisionOf(1, { bundle })
    const { status } = await own.ask('POST', '/policies/shed/revisions', { body: sent })
    expect(status).toBe(201)
    const read = async (path: string, claims: Claims = {}) =>
      (await own.ask('GET', path, { claims })).json()
    return { own, read, digest }
  }
  const state = {
    policy: 'shed',
    version: 0,
    action: 'push',
    active: null,
    changedBy: 'admin:ada',
    newest: { number: 1, state: 'admitted', waiting: null },
  }

  it('is in the list and alone, for those who see it', async () => {
    const { own, read } = await pushed()
    expect((await read('/policies')).policies).toMatchObject([{ policy: 'garden' }, state])
    expect(await read('/policies/shed')).toMatchObject(state)
    const claims = { policies: ['garden'] }
    expect((await read('/policies', claims)).policies).toMatchObject([{ policy: 'garden' }])
    const response = await own.ask('GET', '/policies/shed', { claims })
    expect(response.status).toBe(404)
  })

  it('is activated for the version that its ETag names', async () => {
    const { own } = await pushed()
    const response = await own.ask('GET', '/policies/shed')
    const etag = response.headers.get('etag') ?? ''
    expect(etag).toBe('"0"')
    const activated = await own.ask('POST', '/policies/shed/activate', {
      headers: { 'if-match': etag },
      body: { revision: 1, percent: 100 },
    })
    expect(activated.status).toBe(200)
  })

  it('is compared with nothing, and with another policy by its id', async () => {
    const { read, digest } = await pushed()
    const to = { id: 'shed', digest, revision: 1 }
    for (const from of ['none', 'active']) {
      const diff = await read(`/policies/shed/diff?from=${from}&to=1`)
      expect(diff).toMatchObject({ from: null, to, same: false })
      const changes = diff.sections.map(({ change }: { change: string }) => change)
      expect(new Set(changes)).toEqual(new Set(['added']))
    }
    const others = { from: { id: 'garden', revision: 0 }, to, sections: [] }
    expect(await read('/policies/garden/diff?from=active&to=shed')).toMatchObject(others)
    expect(await read('/policies/garden/diff?from=0&to=shed@1')).toMatchObject(others)
    const claims = { policies: ['garden'] }
    for (const name of ['shed', 'shed@1']) {
      const hidden = await read(`/policies/garden/diff?from=0&to=${name}`, claims)
      expect(hidden.code).toBe('not_found')
    }
  })
})
