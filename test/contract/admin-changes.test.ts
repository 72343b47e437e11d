import { beforeEach, describe, expect, it } from 'vitest'
import { SignersUnavailable } from '../../src/revisions/signing/verify-revision.ts'
import { createSigner, revise, signedRevision } from '../fakes/revisions.ts'
import { altered } from '../unit/policy/garden.ts'
import {
  type AdminGateway,
  type Asked,
  envelopeOf,
  garden,
  gardenTests,
  openAdminGateway,
  revisionOf,
  signer,
  withRevisions,
} from './admin-gateway.ts'

const GOLDEN = 'tests/cases.jsonl'

let gateway: AdminGateway
beforeEach(async () => {
  gateway = await openAdminGateway()
})

const post = async (act: string, asked: Asked = {}) => {
  const response = await gateway.ask('POST', `/policies/garden/${act}`, asked)
  return { response, status: response.status, body: await response.json() }
}
const ifMatch = (tag: string) => ({ 'if-match': tag })

describe('a revision that is pushed', () => {
  it('is kept, and is there already the second time', async () => {
    const { sent, digest } = await revisionOf(3)
    const first = await post('revisions', { body: sent })
    expect([first.status, first.response.headers.get('location')]).toEqual([
      201,
      '/admin/v1/policies/garden/revisions/3',
    ])
    expect(first.body).toMatchObject({ number: 3, digest, pushedBy: 'admin:ada', jws: sent.jws })
    const again = await post('revisions', { body: sent, claims: { sub: 'grace' } })
    expect([again.status, again.body]).toEqual([200, first.body])
    const alone = await post('revisions', { body: { jws: sent.jws } })
    expect(alone.status).toBe(200)
  })

  it('needs no contents where the gateway has them', async () => {
    const { sent } = await revisionOf(3)
    await post('revisions', { body: sent })
    const { status, body } = await post('revisions', { body: { jws: await envelopeOf(4, 3) } })
    expect([status, body.number]).toEqual([201, 4])
  })

  it('is refused with its reasons, kept as rejected, and touches nothing', async () => {
    const { sent } = await revisionOf(3, { signers: [await createSigner('eve')] })
    const { status, body } = await post('revisions', { body: sent })
    expect([status, body.code]).toEqual([422, 'revision_rejected'])
    expect(body.problems).toEqual([
      expect.objectContaining({ code: 'signer_unknown', pointer: '/jws/signatures/0' }),
    ])
    const read = await gateway.ask('GET', '/policies/garden/revisions?state=rejected')
    const { revisions, next } = await read.json()
    expect(revisions).toEqual([
      expect.objectContaining({ state: 'rejected', id: body.rejection, number: 3 }),
    ])
    expect(next).toBeNull()
    expect((await gateway.ask('GET', '/policies/garden/revisions/3')).status).toBe(404)
  })

  it('is listed among the rejected ones, which are turned page by page', async () => {
    const eve = await createSigner('eve')
    const ids: string[] = []
    for (const number of [3, 4, 5]) {
      const { sent } = await revisionOf(number, { signers: [eve] })
      ids.push((await post('revisions', { body: sent })).body.rejection)
    }
    const pages: string[][] = []
    for (let cursor = ''; pages.length < 9; ) {
      const path = `/policies/garden/revisions?state=rejected&limit=2${cursor}`
      const page = await (await gateway.ask('GET', path)).json()
      pages.push(page.revisions.map(({ id }: { readonly id: string }) => id))
      if (page.next === null) break
      cursor = `&cursor=${page.next}`
    }
    expect(pages.map((page) => page.length)).toEqual([2, 1])
    expect(pages.flat().toSorted()).toEqual(ids.toSorted())
  })

  it('that fails its tests is told the file and the line', async () => {
    const files = altered(GOLDEN, 'Is hemlock poisonous?', 'What a fine day!')
    const { status, body } = await post('check', { body: { files } })
    expect([status, body.ok]).toEqual([200, false])
    expect(body.problems).toContainEqual(
      expect.objectContaining({ code: 'test_failed', file: GOLDEN, line: 2 }),
    )
  })

  it.each([
    ['no signature at all', {}, '/jws', 'field_missing'],
    ['a signature that is a text', { jws: 'a.b.c' }, '/jws', 'field_invalid'],
    ['a bundle without tests', { jws: {}, bundle: {} }, '/bundle', 'field_invalid'],
    [
      'a bundle and files',
      { jws: {}, bundle: {}, tests: [], files: [] },
      '/bundle',
      'field_invalid',
    ],
    ['a field of another name', { jws: {}, 'a/b~c': 1 }, '/a~1b~0c', 'field_unknown'],
    [
      'a file without a text',
      { jws: {}, files: [{ path: 'a' }] },
      '/files/0/text',
      'field_missing',
    ],
    [
      'a field in a file',
      { jws: {}, files: [{ path: 'a', text: '', mode: 1 }] },
      '/files/0/mode',
      'field_unknown',
    ],
  ])('with %s is told where', async (_, body, pointer, code) => {
    const answer = await post('revisions', { body })
    expect([answer.status, answer.body.code, answer.body.problems]).toEqual([
      400,
      'invalid_request',
      [{ code, pointer, message: expect.stringMatching(/^(Send|Remove)/) }],
    ])
  })

  it('and cannot be read is 422, and nothing of it is kept', async () => {
    const { status, body } = await post('revisions', { body: { jws: { payload: 'x' } } })
    expect([status, body.rejection, body.problems[0].code]).toEqual([
      422,
      null,
      'envelope_unreadable',
    ])
    expect(await gateway.control.rejections('garden', { before: null, limit: 10 })).toEqual([])
  })

  it('is told that the keys of signers are out of reach, and is no defect', async () => {
    const away = await openAdminGateway({
      control: {
        ...gateway.control,
        push: () => Promise.reject(new SignersUnavailable()),
      },
    })
    const { sent } = await revisionOf(3)
    const response = await away.ask('POST', '/policies/garden/revisions', { body: sent })
    const { status, code, detail } = await response.json()
    expect([status, code, detail]).toEqual([
      503,
      'unavailable',
      'Cannot fetch the keys that may sign revisions: try again later',
    ])
    expect(away.seen.reports).toEqual([])
  })
})

describe('a policy that is checked', () => {
  it('is reported on and not kept', async () => {
    const { sent, digest } = await revisionOf(3)
    const { bundle, tests } = sent
    const { status, body } = await post('check', { body: { bundle, tests } })
    expect([status, body.ok, body.digest]).toEqual([200, true, digest])
    expect(body.report.selection.cases.length).toBeGreaterThan(0)
    expect((await gateway.audit.head()).seq).toBe(0)
  })

  it('needs something to check', async () => {
    expect((await post('check', { body: {} })).status).toBe(400)
  })
})

describe('an activation', () => {
  const body = { revision: 3, percent: 100 }
  beforeEach(async () => {
    await post('revisions', { body: (await revisionOf(3)).sent })
  })

  it('makes the next state and gives its ETag', async () => {
    const answer = await post('activate', { headers: ifMatch('"0"'), body })
    expect([answer.status, answer.response.headers.get('etag')]).toEqual([200, '"1"'])
    expect(answer.body).toMatchObject({ version: 1, active: 3, changedBy: 'admin:ada' })
    expect((await gateway.state()).active).toBe(3)
  })

  it('begins as it says, and as the revision says where it does not', async () => {
    const staged = await post('activate', {
      headers: ifMatch('*'),
      body: { revision: 3, percent: 5 },
    })
    expect(staged.body).toMatchObject({ candidate: 3, percent: 5, shadow: false })
    const shadow = { revision: 3, percent: 0, shadow: true }
    const beside = await post('activate', { headers: ifMatch('"1"'), body: shadow })
    expect(beside.body).toMatchObject({ candidate: 3, percent: 0, shadow: true })
    const whole = await post('activate', { headers: ifMatch('"2"'), body: { revision: 3 } })
    expect(whole.body).toMatchObject({ active: 3, candidate: null })
  })

  it('without If-Match is told what to send', async () => {
    const answer = await post('activate', { body })
    expect([answer.status, answer.body.code, answer.body.detail]).toEqual([
      428,
      'precondition_required',
      'Send If-Match with the ETag that the policy had when you looked at it, or * to change it whatever it is',
    ])
    expect((await gateway.state()).version).toBe(0)
  })

  it.each(['"1"', 'W/"0"', '0', '"0', '', '"00"', '"x", "1"', `"0-${'f'.repeat(16)}"`])(
    'with If-Match: %j, which is not the state, is told what the state is',
    async (tag) => {
      const answer = await post('activate', { headers: ifMatch(tag), body })
      expect([answer.status, answer.body.code]).toEqual([412, 'precondition_failed'])
      const etag = `"0-${garden.digest.slice(0, 16)}"`
      expect(answer.body.current).toEqual({ ...(await gateway.state()), etag })
      expect(answer.response.headers.get('etag')).toBe(etag)
      expect((await gateway.state()).version).toBe(0)
    },
  )

  it('with the ETag that was read goes through, and not with that of another program', async () => {
    const etag = (await gateway.ask('GET', '/policies/garden')).headers.get('etag') ?? ''
    const other = etag.replace(/-./, (start) => (start === '-0' ? '-1' : '-0'))
    expect((await post('activate', { headers: ifMatch(other), body })).status).toBe(412)
    expect((await post('activate', { headers: ifMatch(etag), body })).status).toBe(200)
  })

  it.each(['*', '"0"', '"7", "0"', ' "0" '])('with If-Match: %j goes through', async (tag) => {
    expect((await post('activate', { headers: ifMatch(tag), body })).status).toBe(200)
  })

  it('of two at once by the same state is one, and the other is told who was quicker', async () => {
    await withRevisions(gateway, 4)
    const numbers = [5, 6, 7, 8, 9]
    for (const number of numbers) await post('revisions', { body: (await revisionOf(number)).sent })
    const answers = await Promise.all(
      numbers.map((revision) =>
        post('activate', {
          claims: { sub: `admin-${revision}` },
          headers: ifMatch('"1"'),
          body: { revision, percent: 10 },
        }),
      ),
    )
    const won = answers.filter(({ status }) => status === 200)
    expect(won).toHaveLength(1)
    const { candidate, version, changedBy } = won[0]?.body ?? {}
    expect([version, changedBy]).toEqual([2, `admin:admin-${candidate}`])
    for (const { status, body } of answers.filter((answer) => answer.status !== 200)) {
      expect([status, body.current]).toEqual([412, { ...won[0]?.body, etag: '"2"' }])
      expect(body.detail).toContain(changedBy)
    }
    expect((await gateway.state()).candidate).toBe(candidate)
  })

  it.each([
    [{ revision: 9 }, 404, 'not_found'],
    [{ revision: 0 }, 400, 'invalid_request'],
    [{ revision: 3, percent: 101 }, 400, 'invalid_request'],
    [{ revision: 3, percent: '5' }, 400, 'invalid_request'],
    [{ revision: 3, percentage: 5 }, 400, 'invalid_request'],
    [{ revision: 3, percent: 100, shadow: true }, 409, 'conflict'],
  ])('of %j is %i %s', async (wrong, status, code) => {
    const answer = await post('activate', { headers: ifMatch('*'), body: wrong })
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect((await gateway.state()).version).toBe(0)
  })
})

describe('a policy that is new', () => {
  it('is pushed and activated over the version 0 that it does not have yet', async () => {
    const bundle = await revise(garden, (content) => ({ ...content, id: 'meadow' }))
    const {
      jws,
      bundle: content,
      tests,
    } = await signedRevision({
      signers: [signer],
      bundle,
      tests: gardenTests,
      number: 1,
    })
    const pushed = await gateway.ask('POST', '/policies/meadow/revisions', {
      body: { jws, bundle: content, tests },
    })
    expect(pushed.status).toBe(201)
    const activate = (tag: string) =>
      gateway.ask('POST', '/policies/meadow/activate', {
        headers: ifMatch(tag),
        body: { revision: 1 },
      })
    expect((await activate('"3"')).status).toBe(412)
    const activated = await activate('"0"')
    expect([activated.status, activated.headers.get('etag')]).toEqual([200, '"1"'])
  })
})

describe('a halt', () => {
  beforeEach(async () => {
    await post('revisions', { body: (await revisionOf(3)).sent })
    await post('activate', { headers: ifMatch('"0"'), body: { revision: 3, percent: 10 } })
  })

  it('takes a staged revision back, by the state that the admin knows', async () => {
    expect((await post('halt')).status).toBe(428)
    expect((await post('halt', { headers: ifMatch('"0"') })).status).toBe(412)
    const { status, response, body } = await post('halt', { headers: ifMatch('"1"') })
    expect([status, response.headers.get('etag')]).toEqual([
      200,
      `"2-${garden.digest.slice(0, 16)}"`,
    ])
    expect(body).toMatchObject({ action: 'halt', candidate: null, active: 0 })
    const again = await post('halt', { headers: ifMatch('*') })
    expect([again.status, again.body.code]).toEqual([409, 'conflict'])
  })
})

describe('a rollback', () => {
  beforeEach(() => withRevisions(gateway, 1, 2))

  it('activates a new signed number for an old digest, with If-Match or without', async () => {
    const first = await post('rollback', { body: { jws: await envelopeOf(3, 1) } })
    expect(first.body).toMatchObject({ action: 'rollback', active: 3, version: 3 })
    const jws = await envelopeOf(4, 2)
    const stale = await post('rollback', { headers: ifMatch('"2"'), body: { jws } })
    expect([stale.status, stale.body.current.version]).toEqual([412, 3])
    const second = await post('rollback', { headers: ifMatch('"3"'), body: { jws } })
    expect([second.status, second.response.headers.get('etag')]).toEqual([200, '"4"'])
  })

  it('of an old number is refused, whoever sends it', async () => {
    const { status, body } = await post('rollback', { body: { jws: await envelopeOf(1, 1) } })
    expect([status, body.code]).toEqual([422, 'revision_rejected'])
    expect(body.problems.map((one: { code: string }) => one.code)).toContain('number_replayed')
    expect((await gateway.state()).active).toBe(2)
  })

  it('to what never served is refused', async () => {
    await post('revisions', { body: (await revisionOf(3)).sent })
    const { status, body } = await post('rollback', { body: { jws: await envelopeOf(4, 3) } })
    expect([status, body.problems[0].code]).toEqual([422, 'never_served'])
  })
})

describe('every change', () => {
  it('is in the audit log with whoever made it', async () => {
    await post('revisions', { body: (await revisionOf(3)).sent })
    await post('activate', { headers: ifMatch('*'), body: { revision: 3, percent: 10 } })
    await post('halt', { claims: { sub: 'grace' }, headers: ifMatch('*') })
    await post('revisions', {
      body: (await revisionOf(4, { number: 4, signers: [await createSigner('eve')] })).sent,
    })
    const made = await gateway.ask('POST', '/keys', { body: { tenant: 'acme' } })
    const { id, key } = await made.json()
    await gateway.ask('DELETE', `/keys/${id}`)
    const read = await gateway.ask('GET', '/audit')
    const { entries } = await read.json()
    expect(
      entries.map((one: { actor: string; action: string; policy: string; tenant: string }) => [
        one.actor,
        one.action,
        one.policy ?? one.tenant,
      ]),
    ).toEqual([
      ['admin:ada', 'policy.push', 'garden'],
      ['admin:ada', 'policy.stage', 'garden'],
      ['admin:grace', 'policy.halt', 'garden'],
      ['admin:ada', 'policy.reject', 'garden'],
      ['admin:ada', 'key.create', 'acme'],
      ['admin:ada', 'key.revoke', 'acme'],
    ])
    expect(JSON.stringify(entries)).not.toContain(key)
  })
})
