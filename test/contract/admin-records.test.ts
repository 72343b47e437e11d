import { beforeAll, describe, expect, it } from 'vitest'
import { type AuditEntry, GENESIS, hashOf } from '../../src/audit/audit-log.ts'
import { toEntry } from '../../src/transcript/store/entry.ts'
import { zlibCompression } from '../../src/transcript/zlib-compression.node.ts'
import { sampleTranscript } from '../fakes/deliberation.ts'
import { type AdminGateway, type Claims, openAdminGateway, withRevisions } from './admin-gateway.ts'

let gateway: AdminGateway
const get = async (path: string, claims: Claims = {}) => {
  const response = await gateway.ask('GET', path, { claims })
  return { status: response.status, body: await response.json() }
}

describe('the audit log', () => {
  const actions = (entries: readonly AuditEntry[]) => entries.map(({ action }) => action)

  beforeAll(async () => {
    gateway = await openAdminGateway()
    await withRevisions(gateway, 1)
    for (const tenant of ['acme', 'other']) await gateway.ask('POST', '/keys', { body: { tenant } })
    const gatewayWide = { actor: 'gateway', policy: null, tenant: null, details: {} }
    await gateway.audit.commit({ ...gatewayWide, action: 'gateway.note' }, [])
  })

  it('is told whole, so that its chain can be verified', async () => {
    const { body } = await get('/audit')
    expect(actions(body.entries)).toEqual([
      'policy.push',
      'policy.activate',
      'key.create',
      'key.create',
      'gateway.note',
    ])
    let before = GENESIS
    for (const entry of body.entries as AuditEntry[]) {
      expect([entry.seq, entry.prev, entry.hash]).toEqual([
        before.seq + 1,
        before.hash,
        await hashOf(entry),
      ])
      before = entry
    }
    expect(before).toMatchObject(await gateway.audit.head())
  })

  it('comes in pages, oldest first, to the end', async () => {
    const seen: number[][] = []
    let after: number | null = 0
    while (after !== null) {
      const { body } = await get(`/audit?after=${after}&limit=2`)
      seen.push(body.entries.map(({ seq }: AuditEntry) => seq))
      after = body.next
    }
    expect(seen).toEqual([[1, 2], [3, 4], [5]])
  })

  it.each<[string, readonly number[]]>([
    ['policy=garden', [1, 2]],
    ['tenant=acme', [3]],
    ['action=key.create', [3, 4]],
    ['action=key.create&tenant=other', [4]],
    ['policy=other', []],
    ['after=4', [5]],
    ['after=5', []],
  ])('asked for %s gives the entries %j', async (query, expected) => {
    const { body } = await get(`/audit?${query}`)
    expect([body.entries.map(({ seq }: AuditEntry) => seq), body.next]).toEqual([expected, null])
  })

  it.each<[Claims, readonly number[]]>([
    [{ tenants: ['acme'] }, [3]],
    [{ tenants: ['acme'], policies: ['garden'] }, [1, 2, 3]],
    [{ tenants: [], policies: ['*'] }, [1, 2]],
    [{ tenants: ['*'], policies: [] }, [3, 4, 5]],
    [{ tenants: [] }, []],
  ])('as %j may see it is %j', async (claims, expected) => {
    const { body } = await get('/audit', claims)
    expect(body.entries.map(({ seq }: AuditEntry) => seq)).toEqual(expected)
  })

  it('goes on behind a page in which nothing was to be seen', async () => {
    const entry = (seq: number): AuditEntry => {
      const tenant = seq === 1500 ? 'acme' : 'other'
      const event = { actor: 'gateway', action: 'key.create', policy: null, tenant, details: {} }
      return { seq, time: 1, ...event, prev: 'a'.repeat(64), hash: 'b'.repeat(64) }
    }
    const all = Array.from({ length: 2000 }, (_, index) => entry(index + 1))
    gateway = await openAdminGateway({
      audit: {
        read: async (after, limit) => all.slice(after, after + limit),
        commit: () => Promise.reject(new Error('Something was noted')),
      },
    })
    const claims = { tenants: ['acme'] }
    const first = await get('/audit', claims)
    expect(first.body).toEqual({ entries: [], next: 1000 })
    const second = await get('/audit?after=1000', claims)
    expect(second.body.entries).toEqual([entry(1500)])
    expect((await get('/audit?after=2000', claims)).body).toEqual({ entries: [], next: null })
  })

  it('is asked for by days, which are within the range, and by moments', async () => {
    const day = Date.parse('2027-01-31T00:00:00Z')
    const times = [day - 1, day, day + 86_399_999, day + 86_400_000]
    const all = times.map((time, index): AuditEntry => {
      const event = { actor: 'gateway', action: 'key.create', policy: null, tenant: null }
      const chain = { prev: 'a'.repeat(64), hash: 'b'.repeat(64) }
      return { seq: index + 1, time, ...event, details: {}, ...chain }
    })
    gateway = await openAdminGateway({
      audit: {
        read: async (after, limit) => all.slice(after, after + limit),
        commit: () => Promise.reject(new Error('Something was noted')),
      },
    })
    const seen = async (query: string) =>
      (await get(`/audit?${query}`)).body.entries.map(({ seq }: AuditEntry) => seq)
    expect(await seen('from=2027-01-31&to=2027-01-31')).toEqual([2, 3])
    expect(await seen('from=2027-01-31T23:59:00Z')).toEqual([3, 4])
    const { status, body } = await get('/audit?from=2027-02-01&to=2027-01-31')
    expect([status, body.detail]).toEqual([400, 'The range ends before it begins'])
  })
})

describe('transcripts', () => {
  const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => Number(`0x${id.slice(3)}`))
  const time = Date.parse('2026-05-01T00:00:00Z')
  const idOf = (number: number) => sampleTranscript(number).id

  beforeAll(async () => {
    gateway = await openAdminGateway()
    const entries = [1, 2, 3, 4, 5].map((number) =>
      toEntry(
        sampleTranscript(number, {
          time: time + number * 1000,
          principal: { tenant: number < 4 ? 'acme' : 'other', app: 'chat', consent: 'audit' },
          session: number === 2 ? 'one & two' : null,
        }),
        zlibCompression,
      ),
    )
    expect((await gateway.transcripts.append(await Promise.all(entries))).ok).toBe(true)
  })

  it('are listed as rows of the index, without content and without where it is kept', async () => {
    const { body } = await get('/transcripts?limit=1')
    expect(body.transcripts).toEqual([
      expect.objectContaining({
        id: idOf(5),
        time: time + 5000,
        tenant: 'other',
        sections: ['SHM'],
        outcome: 'redrafted',
        decision: 'safe_complete',
      }),
    ])
    const text = JSON.stringify(body)
    for (const secret of ['PROMPT', 'contentKey', 'reasoning"']) expect(text).not.toContain(secret)
  })

  it('come in pages, the newest first, to the end', async () => {
    const pages: number[][] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const { body } = await get(`/transcripts?limit=2${cursor && `&cursor=${cursor}`}`)
      pages.push(ids(body.transcripts))
      cursor = body.next
    }
    expect(pages).toEqual([[5, 4], [3, 2], [1]])
  })

  it.each<[string, readonly number[]]>([
    ['tenant=acme', [3, 2, 1]],
    ['tenant=nobody', []],
    ['session=one%20%26%20two', [2]],
    ['policy=default&digest=bbbb&section=SHM&outcome=redrafted', [5, 4, 3, 2, 1]],
    ['section=EXT', []],
    ['mode=shadow', []],
    ['decision=refuse', []],
    ['model=model-one&app=chat', [5, 4, 3, 2, 1]],
    ['minScores=style:9,relevant:5', [5, 4, 3, 2, 1]],
    ['minScores=relevant:5.5', []],
    ['maxScores=relevant:5', [5, 4, 3, 2, 1]],
    ['maxScores=helpfulness:6', []],
    ['from=2026-05-01T00:00:02Z&to=2026-05-01T00:00:04Z', [3, 2]],
    ['from=2026-05-01T02:00:02%2B02:00&to=2026-05-01T00:00:03Z', [2]],
    ['from=2026-05-01&to=2026-05-01', [5, 4, 3, 2, 1]],
    ['to=2026-04-30', []],
    ['from=2026-05-02', []],
  ])('asked for by %s are %j', async (query, expected) => {
    expect(ids((await get(`/transcripts?${query}`)).body.transcripts)).toEqual(expected)
    const { body } = await get(`/transcripts/count?${query}`)
    expect(body).toEqual({ transcripts: expected.length })
  })

  it.each([
    ['from=yesterday', 'from', 'Send a day as 2027-01-31, or a moment as 2027-01-31T12:00:00Z'],
    ['to=2026-02-30', 'to', 'Send a day as 2027-01-31, or a moment as 2027-01-31T12:00:00Z'],
    ['from=2026-05-02&to=2026-05-01', 'to', 'Send a time after `from`'],
  ])('are refused by %s, with what to send', async (query, parameter, message) => {
    for (const path of ['/transcripts?', '/transcripts/count?', '/export?format=sft&']) {
      const { status, body } = await get(`${path}${query}`)
      expect(status).toBe(400)
      expect(body.problems).toContainEqual({ code: 'field_invalid', message, parameter })
    }
  })

  it('are refused by a score that nobody gives, with the parameter', async () => {
    expect(await get('/transcripts?minScores=charm:9')).toMatchObject({
      status: 400,
      body: { problems: [{ code: 'field_invalid', parameter: 'minScores' }] },
    })
  })

  it('of tenants that a token does not name are not there', async () => {
    const claims = { tenants: ['acme'] }
    expect(ids((await get('/transcripts', claims)).body.transcripts)).toEqual([3, 2, 1])
    expect((await get('/transcripts?tenant=other', claims)).body.transcripts).toEqual([])
    expect((await get('/transcripts', { tenants: [] })).body.transcripts).toEqual([])
    expect((await get('/transcripts/count', claims)).body).toEqual({ transcripts: 3 })
    expect((await get('/transcripts/count?tenant=other', claims)).body).toEqual({ transcripts: 0 })
    const hidden = await get(`/transcripts/${idOf(5)}`, claims)
    expect([hidden.status, hidden.body.code]).toEqual([404, 'not_found'])
    expect((await get(`/transcripts/${idOf(1)}`, claims)).body.attempts).toHaveLength(2)
  })
})

describe('keys', () => {
  beforeAll(async () => {
    gateway = await openAdminGateway()
  })

  it('are made, listed and revoked within the tenants of the admin', async () => {
    const claims = { tenants: ['acme'], policies: ['garden'] }
    const made = await gateway.ask('POST', '/keys', {
      claims,
      body: { tenant: 'acme', policies: ['garden'], requestsPerMinute: 60, minimumMode: 'shadow' },
    })
    const { id, key, ...settings } = await made.json()
    expect([made.status, settings]).toEqual([
      201,
      {
        tenant: 'acme',
        app: 'default',
        policies: ['garden'],
        consent: 'audit',
        minimumMode: 'shadow',
        requestsPerMinute: 60,
        expires: null,
      },
    ])
    const { body } = await get('/keys', claims)
    expect(body.keys).toEqual([{ id, ...settings, created: gateway.clock.time, revoked: null }])
    expect(JSON.stringify(body)).not.toContain(key)
    expect(
      (await gateway.ask('DELETE', `/keys/${id}`, { claims: { tenants: ['b'] } })).status,
    ).toBe(404)
    const revoked = await gateway.ask('DELETE', `/keys/${id}`, { claims })
    expect([revoked.status, await revoked.text()]).toEqual([204, ''])
    expect((await get('/keys', claims)).body.keys[0].revoked).toBe(gateway.clock.time)
  })

  it('of a tenant that the token does not name are not made', async () => {
    const response = await gateway.ask('POST', '/keys', {
      claims: { tenants: ['acme'] },
      body: { tenant: 'other' },
    })
    const { status, code } = await response.json()
    expect([status, code]).toEqual([403, 'insufficient_scope'])
  })

  it('are listed whenever they ended, before there were such times, too', async () => {
    await gateway.database.batch([{ sql: 'UPDATE gateway_keys SET expires = -1', params: [] }])
    expect((await get('/keys')).body.keys).toMatchObject([{ expires: -1 }])
  })

  it.each<[string, unknown]>([
    ['/tenant', { tenant: 'a\u0000' }],
    ['/tenant', { tenant: '\ud800' }],
    ['/tenant', { tenant: 'x'.repeat(201) }],
    ['/app', { app: '' }],
    ['/policies/1', { policies: ['a', '../b'] }],
    ['/requestsPerMinute', { requestsPerMinute: 0 }],
    ['/expires', { expires: 1.5 }],
  ])('with something wrong at %s are not made', async (pointer, body) => {
    const response = await gateway.ask('POST', '/keys', { body })
    const { code, problems } = await response.json()
    expect([code, problems.map((one: { pointer: string }) => one.pointer)]).toEqual([
      'invalid_request',
      [pointer],
    ])
  })
})
