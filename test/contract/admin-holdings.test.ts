/** Nobody hands on, changes or sees more than they hold: a row for every route of the admin surface, or this fails. */
import { beforeAll, describe, expect, it } from 'vitest'
import { SCOPES } from '../../src/admin/authenticate-admin.ts'
import type { AdminPorts } from '../../src/admin/routes.ts'
import type { PolicyState } from '../../src/revisions/registry.ts'
import type { StatusReport } from '../../src/revisions/watching/status-report.ts'
import { createExportStore, wholeRow } from '../../src/transcript/store/exports.ts'
import { noPolicies } from '../fakes/control.ts'
import { fillDatabase, idOf } from '../fakes/logged-transcripts.ts'
import { plant } from '../unit/harvest/stages/plant.ts'
import { NOW } from '../unit/revisions/control.ts'
import {
  type AdminGateway,
  type Claims,
  garden,
  openAdminGateway,
  revisionOf,
  withRevisions,
} from './admin-gateway.ts'
import { bundleOf, DIGEST } from './fake-gateway.ts'

/** An admin of one tenant and of one policy, which are not those that everything here is of. */
const HELD = { tenants: ['acme'], policies: ['shed'] } as const

const SUBJECT = 'a1'.repeat(32)
const INSTANCE = 'instance-of-garden'

const status: StatusReport = {
  complete: true,
  instances: [
    {
      id: INSTANCE,
      started: 1,
      seen: 2,
      ageMs: 3,
      program: null,
      policies: [
        {
          id: 'garden',
          digest: garden.digest,
          revision: 1,
          candidate: null,
          state: 'live',
          problem: null,
          ageMs: 0,
        },
      ],
    },
  ],
  policies: [],
}

let gateway: AdminGateway
/** A person who holds more than the admin. */
let person = ''
/** A person of the admin's tenant and policy with a scope that not every token has. */
let auditor: string
/** The key of another tenant, and one of the admin's tenant that may choose a policy that the admin does not see. */
const keys: Record<'foreign' | 'mixed', string> = { foreign: '', mixed: '' }

const create = async (body: object) => {
  const made = await gateway.ask('POST', '/keys', { body })
  return ((await made.json()) as { id: string }).id
}

beforeAll(async () => {
  const replaced: Partial<AdminPorts> = {
    readStatus: async () => status,
    candidateReviews: {
      list: async (policy) => [
        {
          transcript: idOf(2),
          time: 1,
          tenant: 'other',
          policy,
          version: 1,
          candidate: garden.digest,
          agreement: 'agree',
          sections: [],
          reasons: [],
          failure: null,
        },
      ],
    },
    batches: {
      audit: { commit: () => Promise.reject(new Error('A batch was queued')) },
      findBundle: () => bundleOf('garden', 'enforce'),
      enqueue: () => Promise.reject(new Error('A line was queued')),
    },
  }
  gateway = await openAdminGateway(replaced)
  await withRevisions(gateway, 1)
  const transcripts = [plant(1), plant(2, { tenant: 'other' })]
  await fillDatabase(
    gateway.database,
    transcripts.map((one) => ({ ...one, subject: SUBJECT })),
  )
  const { database, audit } = gateway
  const filters = { filter: { tenants: ['acme', 'other'], policy: 'garden' } }
  const record = { id: 'ex_1', time: NOW - 2, actor: 'admin:ada', format: 'sft', filters }
  const rows = ['acme', 'other', 'acme', 'other'].map((tenant, index) => ({
    id: idOf(index + 1),
    tenant,
    subject: SUBJECT,
  }))
  const exports = createExportStore({ database, audit })
  await exports.record({ ...record, manifestDigest: 'b'.repeat(64) }, rows.map(wholeRow))
  const forgotten = 'INSERT INTO deleted_subjects VALUES (?, ?, ?)'
  const gone = "INSERT INTO changes VALUES (?, 'delete', ?, NULL, ?, ?)"
  await database.batch([
    { sql: forgotten, params: [SUBJECT, '*', NOW - 1] },
    { sql: gone, params: [101, idOf(3), 'acme', NOW - 1] },
    { sql: gone, params: [102, idOf(4), 'other', NOW - 1] },
  ])
  const ann = { name: 'ann', scopes: ['policy:read'], tenants: ['other'], policies: ['garden'] }
  const named = await gateway.ask('POST', '/admins', { body: ann })
  person = ((await named.json()) as { id: string }).id
  const own = { name: 'eve', scopes: ['audit:read'], tenants: ['acme'], policies: ['shed'] }
  auditor = ((await (await gateway.ask('POST', '/admins', { body: own })).json()) as { id: string })
    .id
  keys.foreign = await create({ tenant: 'other' })
  keys.mixed = await create({ tenant: 'acme', app: 'mixed', policies: ['garden', 'shed'] })
})

const operations = () =>
  Object.entries(gateway.document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { security }]) => ({
      name: `${method.toUpperCase()} ${path.replace('/admin/v1', '')}`,
      scope: Object.values(security?.[0] ?? {}).flat()[0] as string | undefined,
    })),
  )

type Attempt = {
  readonly what: string
  readonly path: () => string
  readonly body?: () => unknown
  readonly scope?: string
  readonly refused: readonly [status: number, code: string]
}

const policyPath = (verb: string) => () => `/policies/garden/${verb}`
const NOT_FOUND = [404, 'not_found'] as const
const NOT_HELD = [403, 'insufficient_scope'] as const

const batch = {
  id: 'b1',
  policy: 'shed',
  digest: DIGEST,
  model: 'm',
  samples: 1,
  consent: 'harvest',
  tenant: 'acme',
  app: 'batch',
  lines: [{ line: 1, text: '{"prompt":"Hello"}' }],
}

const key = (what: string, body: object, scope?: string): Attempt => ({
  what,
  path: () => '/keys',
  body: () => ({ tenant: 'acme', ...body }),
  ...(scope !== undefined && { scope }),
  refused: NOT_HELD,
})

const newPerson = (what: string, body: object, scope?: string): Attempt => ({
  what,
  path: () => '/admins',
  body: () => ({
    name: 'bob',
    scopes: ['policy:read'],
    tenants: ['acme'],
    policies: ['shed'],
    ...body,
  }),
  ...(scope !== undefined && { scope }),
  refused: NOT_HELD,
})

const [revision] = [await revisionOf(2)]

/** What each writing route is asked for beyond what the token holds. */
const WRITING: Readonly<Record<string, readonly Attempt[]>> = {
  'POST /keys': [
    key('of another tenant', { tenant: 'other' }),
    key('for every tenant', { tenant: '*' }),
    key('for every policy', { policies: ['*'] }),
    key('for a policy that is not seen', { policies: ['garden'] }),
    key('for one that is seen and one that is not', { policies: ['shed', 'garden'] }),
    key('with consent to exports that the token cannot make', { consent: 'harvest' }, 'key:manage'),
  ],
  'POST /admins': [
    newPerson('of another tenant', { tenants: ['acme', 'other'] }),
    newPerson('of every tenant', { tenants: ['*'] }),
    newPerson('for every policy', { policies: ['*'] }),
    newPerson('for a policy that is not seen', { policies: ['garden'] }),
    newPerson('who may do more', { scopes: ['policy:read', 'audit:read'] }, 'admin:manage'),
  ],
  'DELETE /admins/{id}': [
    { what: 'of another tenant', path: () => `/admins/${person}`, refused: NOT_FOUND },
    {
      what: 'of a person who may do more',
      path: () => `/admins/${auditor}`,
      scope: 'admin:manage',
      refused: NOT_FOUND,
    },
  ],
  'DELETE /keys/{id}': [
    { what: 'of another tenant', path: () => `/keys/${keys.foreign}`, refused: NOT_FOUND },
  ],
  'DELETE /transcripts': [
    {
      what: 'of a person of another tenant',
      path: () => '/transcripts?subject=someone&tenant=other',
      refused: NOT_HELD,
    },
  ],
  'POST /batches': [
    {
      what: 'of another tenant',
      path: () => '/batches',
      body: () => ({ ...batch, tenant: 'other' }),
      refused: NOT_HELD,
    },
    {
      what: 'under a policy that is not seen',
      path: () => '/batches',
      body: () => ({ ...batch, policy: 'garden' }),
      refused: NOT_FOUND,
    },
  ],
  'POST /exports': [
    {
      what: 'of a transcript of another tenant',
      path: () => '/exports',
      body: () => ({
        format: 'golden',
        filters: {},
        digest: 'a'.repeat(64),
        begun: NOW,
        transcripts: [idOf(1), idOf(2)],
      }),
      refused: NOT_FOUND,
    },
  ],
  'POST /transcripts/{id}/labels': [
    {
      what: 'on a transcript of another tenant',
      path: () => `/transcripts/${idOf(2)}/labels`,
      body: () => ({ kind: 'good' }),
      refused: NOT_FOUND,
    },
  ],
  ...Object.fromEntries(
    Object.entries<() => unknown>({
      activate: () => ({ revision: 1 }),
      check: () => ({ files: [] }),
      halt: () => undefined,
      move: () => ({ to: 'shed', percent: 5 }),
      revisions: () => revision.sent,
      rollback: () => ({ jws: revision.sent.jws }),
      stop: () => ({ jws: revision.sent.jws }),
    }).map(([verb, body]): [string, Attempt[]] => [
      `POST /policies/{policy}/${verb}`,
      [{ what: 'of a policy that is not seen', path: policyPath(verb), body, refused: NOT_FOUND }],
    ]),
  ),
}

type Look = {
  readonly path: () => string
  /** True where an admin of everything is told what this one must not be. */
  readonly tells: boolean
}

const look = (path: string, tells = true): Look => ({ path: () => path, tells })
const ofPolicy = (verb = '') => look(`/policies/garden${verb}`)

/** What each reading route could tell of what the token does not hold. */
const READING: Readonly<Record<string, readonly Look[]>> = {
  'GET /audit': [look('/audit'), look('/audit?policy=garden'), look('/audit?tenant=other')],
  'GET /export': [look('/export?format=transcript'), look('/export?format=sft&encoding=parts')],
  'GET /export/card': [look('/export/card?format=sft', false)],
  'GET /export/manifest': [look('/export/manifest?format=sft')],
  'GET /export/policies': [look('/export/policies')],
  'GET /exports/deleted-rows': [
    look(`/exports/deleted-rows?transcript=${idOf(1)}`),
    look(`/exports/deleted-rows?transcript=${idOf(2)}`),
  ],
  'GET /admins': [look('/admins')],
  'GET /export/tombstones': [look('/export/tombstones?format=sft&after=1')],
  'GET /keys': [look('/keys')],
  'GET /policies': [look('/policies')],
  'GET /policies/{policy}': [ofPolicy()],
  'GET /policies/{policy}/diff': [
    ofPolicy('/diff?from=0&to=1'),
    look('/policies/shed/diff?from=none&to=garden'),
    look('/policies/shed/diff?from=none&to=garden@1'),
  ],
  'GET /policies/{policy}/history': [ofPolicy('/history')],
  'GET /policies/{policy}/reviews': [ofPolicy('/reviews')],
  'GET /policies/{policy}/revisions': [ofPolicy('/revisions')],
  'GET /policies/{policy}/revisions/{number}': [ofPolicy('/revisions/1?include=bundle')],
  'GET /status': [look('/status')],
  'GET /transcripts': [look('/transcripts'), look('/transcripts?tenant=other')],
  'GET /transcripts/names': [
    look('/transcripts/names?tenant=othar'),
    look('/transcripts/names?policy=gardan'),
  ],
  'GET /transcripts/count': [look('/transcripts/count', false)],
  'GET /transcripts/{id}': [look(`/transcripts/${idOf(2)}`)],
  'GET /admin/openapi.json': [],
}

/** What this admin must not be told: the policy, its digests, the other tenant and its key, who serves the policy. */
const hidden = () => [
  '"garden"',
  'Garden',
  garden.digest,
  revision.digest,
  '"other"',
  keys.foreign,
  idOf(2),
  idOf(4),
  INSTANCE,
]

const found = (text: string) => hidden().filter((mark) => text.includes(mark))

describe('a writing route', () => {
  it('has its row here', () => {
    const writing = operations().filter(({ name }) => !name.startsWith('GET '))
    expect(writing.map(({ name }) => name).sort()).toEqual(Object.keys(WRITING).sort())
  })

  it.each(
    Object.entries(WRITING).flatMap(([route, attempts]) =>
      attempts.map((attempt) => [`${route} ${attempt.what}`, route, attempt] as const),
    ),
  )('refuses what the token does not hold: %s', async (_, route, attempt) => {
    const { path, body, scope, refused } = attempt
    const before = await gateway.audit.head()
    const [method = ''] = route.split(' ')
    const response = await gateway.ask(method, path(), {
      claims: { ...HELD, ...(scope !== undefined && { scope }) },
      headers: { 'if-match': '*' },
      ...(body?.() !== undefined && { body: body() }),
    })
    const text = await response.text()
    expect([response.status, JSON.parse(text).code]).toEqual(refused)
    expect(found(text)).toEqual([])
    expect(await gateway.audit.head()).toEqual(before)
  })
})

describe('a reading route', () => {
  const read = async (path: string, claims: Claims) =>
    (await gateway.ask('GET', path, { claims })).text()

  it('has its row here', () => {
    const reading = operations().filter(({ name }) => name.startsWith('GET '))
    expect(reading.map(({ name }) => name).sort()).toEqual(Object.keys(READING).sort())
  })

  it.each(
    Object.values(READING)
      .flat()
      .map((one) => [one.path(), one] as const),
  )('tells nothing of what the token does not hold: %s', async (_, { path, tells }) => {
    expect(found(await read(path(), HELD))).toEqual([])
    // Else there was nothing to hide, and this proves nothing.
    expect(found(await read(path(), {})).length > 0).toBe(tells)
  })
})

describe('a token', () => {
  it('opens no route by any other scope', async () => {
    for (const { name, scope } of operations()) {
      if (scope === undefined) continue
      const [method = '', template = ''] = name.split(' ')
      const path = template.replace('{policy}', 'garden').replace(/\{\w+\}/, '1')
      const others = SCOPES.filter((one) => one !== scope).join(' ')
      const { status } = await gateway.ask(method, path, { claims: { scope: others } })
      expect([name, status]).toEqual([name, 403])
    }
  })
})

describe('a rollout', () => {
  const tenants = ['acme']
  const tagged = { headers: { 'if-match': '*' } }
  const stage = (own: AdminGateway, body: object) =>
    own.ask('POST', '/policies/garden/activate', { ...tagged, body })

  it.each([
    ['activate', { revision: 1, percent: 5, tenants: ['acme', 'other'] }],
    ['move', { to: 'garden', percent: 5, tenants: ['other'] }],
  ])('for a tenant that the token does not hold is refused: %s', async (verb, body) => {
    const before = await gateway.audit.head()
    const claims = { tenants, policies: ['garden'] }
    const path = `/policies/garden/${verb}`
    const response = await gateway.ask('POST', path, { ...tagged, body, claims })
    expect([response.status, (await response.json()).code]).toEqual(NOT_HELD)
    expect(await gateway.audit.head()).toEqual(before)
  })

  it('to a policy that the token does not hold is refused as if there were none', async () => {
    const claims = { tenants, policies: ['garden'] }
    const body = { to: 'shed', percent: 5 }
    const response = await gateway.ask('POST', '/policies/garden/move', { ...tagged, body, claims })
    expect([response.status, (await response.json()).code]).toEqual(NOT_FOUND)
  })

  it('is shown without the tenants that the token does not hold, and not in the log', async () => {
    const own = await openAdminGateway()
    await own.ask('POST', '/policies/garden/revisions', { body: revision.sent })
    await withRevisions(own, 1)
    await stage(own, { revision: 2, percent: 5, tenants: ['acme', 'other'] })
    const claims = { tenants, policies: ['garden'] }
    const read = async (path: string) => (await own.ask('GET', path, { claims })).text()
    const shown = await read('/policies/garden')
    expect(JSON.parse(shown).callers).toEqual({ tenants: ['acme'], apps: null })
    const others = ['/policies', '/policies/garden/history', '/audit?policy=garden']
    const texts = [shown, ...(await Promise.all(others.map(read)))]
    expect(texts.filter((text) => text.includes('"other"'))).toEqual([])
    expect(await (await own.ask('GET', '/audit?policy=garden')).text()).toContain('"other"')
  })
})

describe('reviews of a move', () => {
  it('are told to who holds both policies alone', async () => {
    const listed = (version: number) => ({
      transcript: idOf(version),
      time: 1,
      tenant: 'acme',
      policy: 'garden',
      version,
      candidate: DIGEST,
      agreement: 'agree' as const,
      sections: [],
      reasons: [],
      failure: null,
    })
    const states = [
      { version: 2, move: { to: 'shed' } },
      { version: 1, move: null },
    ]
    const own = await openAdminGateway({
      candidateReviews: { list: async () => [listed(2), listed(1)] },
      control: { ...noPolicies, history: async () => states as unknown as PolicyState[] },
    })
    const versions = async (policies: readonly string[]) => {
      const claims = { tenants: ['acme'], policies }
      const response = await own.ask('GET', '/policies/garden/reviews', { claims })
      const { reviews } = (await response.json()) as { reviews: { version: number }[] }
      return reviews.map(({ version }) => version)
    }
    expect(await versions(['garden'])).toEqual([1])
    expect(await versions(['garden', 'shed'])).toEqual([2, 1])
    expect(await versions(['*'])).toEqual([2, 1])
  })
})

describe('what is of the tenant and of a policy that the token does not hold', () => {
  it('is named by the manifest of an export that holds it, as the rows name it', async () => {
    const own = await openAdminGateway()
    const policy = { id: 'garden', digest: garden.digest, revision: 0 }
    await fillDatabase(own.database, [{ ...plant(1), policy }])
    const response = await own.ask('GET', '/export/manifest?format=sft', { claims: HELD })
    expect(await response.json()).toMatchObject({
      policies: { [`garden@${garden.digest}`]: 1 },
      contamination: { policies: [garden.digest], unknown_policies: [] },
    })
  })

  it('is a key that can be seen and revoked, without the names of those policies', async () => {
    const claims = { ...HELD, scope: 'key:manage' }
    const listed = await (await gateway.ask('GET', '/keys', { claims })).json()
    expect(listed).toMatchObject({
      keys: [{ id: keys.mixed, policies: ['shed'], hiddenPolicies: 1 }],
    })
    const all = await (await gateway.ask('GET', '/keys')).text()
    expect(all).toContain('"policies":["garden","shed"]')
    expect(all).not.toContain('hiddenPolicies')
  })

  it('is a person who is deleted in it, and no other tenant is told of', async () => {
    const path = `/transcripts?subject=${SUBJECT}`
    const response = await gateway.ask('DELETE', path, { claims: HELD })
    const text = await response.text()
    const { transcripts, exports } = JSON.parse(text)
    expect(transcripts).toBe(1)
    const own = { filter: expect.objectContaining({ tenants: HELD.tenants }) }
    expect(exports).toContainEqual(expect.objectContaining({ id: 'ex_1', filters: {} }))
    expect(exports).toContainEqual(
      expect.objectContaining({ filters: expect.objectContaining(own) }),
    )
    expect(found(text)).toEqual([])
    const left = await gateway.database.all('SELECT tenant FROM transcripts')
    expect(left).toEqual([{ tenant: 'other' }])
  })
})

describe('a key', () => {
  it.each([
    [{}, HELD],
    [{ policies: ['shed'] }, HELD],
    [{ policies: ['shed'], consent: 'harvest' }, HELD],
    [{ policies: ['*'], consent: 'none', minimumMode: 'off' }, { policies: ['*'] }],
  ])('of %j is made by an admin of %j', async (body, claims) => {
    const response = await gateway.ask('POST', '/keys', {
      claims: { tenants: ['acme'], ...claims },
      body: { tenant: 'acme', ...body },
    })
    expect(response.status).toBe(201)
  })

  it('for more is refused with what to leave out, by its place', async () => {
    const ask = async (body: object, claims: Claims) => {
      const response = await gateway.ask('POST', '/keys', {
        claims: { ...HELD, ...claims },
        body: { tenant: 'acme', ...body },
      })
      const { detail, problems } = await response.json()
      return [detail, problems]
    }
    const policies = 'The token does not hold these policies: leave them out, or ask who holds them'
    expect(await ask({ policies: ['shed', '*', 'garden'] }, {})).toEqual([
      policies,
      [
        {
          code: 'field_invalid',
          message: 'Name the policies instead of *: the token does not hold all of them',
          pointer: '/policies/1',
        },
        {
          code: 'field_invalid',
          message: 'Leave out this policy: the token does not hold it',
          pointer: '/policies/2',
        },
      ],
    ])
    const consent =
      'The token lacks the scope transcript:export, which consent harvest opens transcripts to'
    expect(await ask({ consent: 'harvest' }, { scope: 'key:manage' })).toEqual([
      consent,
      [{ code: 'field_invalid', message: 'Send none or audit', pointer: '/consent' }],
    ])
  })
})
