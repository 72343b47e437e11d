/**
 * The admin surface of a running gateway, over HTTP alone: a policy from its first revision to a rollback, with every answer
 * held against the document that the gateway itself gives. It runs on Node and on workerd alike.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuditEntry, GENESIS, hashOf } from '../../src/audit/audit-log.ts'
import { type AdminContract, adminContract } from '../fakes/admin-contract.ts'
import {
  reworded,
  type Signer,
  signedEnvelope,
  signedRevision,
  testsOf,
} from '../fakes/revisions.ts'
import { gardenBundle, gardenFiles } from '../unit/policy/garden.ts'

export type AdminTarget = {
  readonly url: string
  readonly adminToken: string
  readonly appKey: string
  readonly signer: Signer
  /** Pushes a body of so many bytes; gives the status of the answer. */
  pushBytes(bytes: number): Promise<number | undefined>
  close(): Promise<void>
}

const POLICY = '/policies/garden'
const CHAT = { model: 'any', messages: [{ role: 'user', content: 'When do I sow beans?' }] }

export function describeAdmin(name: string, start: () => Promise<AdminTarget>): void {
  let target: AdminTarget
  let contract: AdminContract
  beforeAll(async () => {
    target = await start()
    contract = adminContract(await (await fetch(`${target.url}/admin/openapi.json`)).json())
  })
  afterAll(() => target?.close())

  async function ask(
    method: string,
    path: string,
    asked: { ifMatch?: string; body?: object } = {},
  ) {
    const { ifMatch, body } = asked
    const response = await fetch(`${target.url}/admin/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${target.adminToken}`,
        ...(body && { 'content-type': 'application/json' }),
        ...(ifMatch !== undefined && { 'if-match': ifMatch }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    expect(await contract.problems(method, `/admin/v1${path}`, response)).toEqual([])
    const text = await response.text()
    return {
      status: response.status,
      etag: response.headers.get('etag'),
      body: text && JSON.parse(text),
    }
  }

  const options = async (number: number, text: number) => ({
    signers: [target.signer],
    bundle: await reworded(await gardenBundle(), text),
    tests: testsOf(gardenFiles),
    number,
  })
  const push = async (number: number) => {
    const { jws, bundle, tests } = await signedRevision(await options(number, number))
    return ask('POST', `${POLICY}/revisions`, { body: { jws, bundle, tests } })
  }
  const activate = (revision: number, ifMatch: string) =>
    ask('POST', `${POLICY}/activate`, { ifMatch, body: { revision, percent: 100, shadow: false } })

  describe(`${name}: the admin surface`, () => {
    it('takes a policy from its first revision to a rollback', async () => {
      expect((await push(1)).status).toBe(201)
      expect((await push(1)).status).toBe(200)
      expect(await activate(1, '"0"')).toMatchObject({ status: 200, etag: '"1"' })
      expect((await push(2)).status).toBe(201)
      expect((await push(3)).status).toBe(201)
      const both = await Promise.all([activate(2, '"1"'), activate(3, '"1"')])
      expect(new Set(both.map(({ status }) => status))).toEqual(new Set([200, 412]))
      const won = both.find(({ status }) => status === 200)
      const lost = both.find(({ status }) => status === 412)
      expect([won?.etag, lost?.etag, lost?.body.current]).toEqual([
        '"2"',
        '"2"',
        { ...won?.body, etag: '"2"' },
      ])
      const jws = await signedEnvelope(await options(9, 1))
      const back = await ask('POST', `${POLICY}/rollback`, { ifMatch: '"2"', body: { jws } })
      expect(back).toMatchObject({ status: 200, body: { action: 'rollback', active: 9 } })
      const diff = await ask('GET', `${POLICY}/diff?from=1&to=9`)
      expect(diff.body.same).toBe(true)
      const read = await ask('GET', `${POLICY}/revisions/9?include=bundle,tests`)
      expect(read.body).toMatchObject({
        number: 9,
        bundle: { id: 'garden' },
        tests: expect.any(Array),
      })
      expect((await ask('GET', `${POLICY}/history`)).body.states).toHaveLength(3)
    })

    it('tells what a bad revision lacks, and what would become of a policy', async () => {
      const { jws, bundle } = await signedRevision(await options(20, 20))
      const pushed = await ask('POST', `${POLICY}/revisions`, { body: { jws, bundle, tests: [] } })
      expect(pushed).toMatchObject({ status: 422, body: { code: 'revision_rejected' } })
      const { body } = await ask('GET', `${POLICY}/revisions?state=rejected`)
      expect(body.revisions[0]).toMatchObject({ id: pushed.body.rejection, number: 20 })
      const checked = await ask('POST', `${POLICY}/check`, { body: { files: gardenFiles } })
      expect(checked).toMatchObject({ status: 200, body: { ok: true } })
    })

    it('tells how policies are doing, and lists what callers asked', async () => {
      const asked = await fetch(`${target.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${target.appKey}`, 'content-type': 'application/json' },
        body: JSON.stringify(CHAT),
      })
      await asked.arrayBuffer()
      const id = asked.headers.get('x-chambers-transcript')
      const status = await ask('GET', '/status')
      expect(status.body).toMatchObject({ complete: true, instances: [expect.any(Object)] })
      const { body } = await ask('GET', '/transcripts?limit=1&policy=default&tenant=default')
      expect(body.transcripts).toEqual([expect.objectContaining({ id, policyId: 'default' })])
      expect((await ask('GET', `/transcripts/${id}`)).body).toMatchObject({ id })
      expect((await ask('GET', `/transcripts?cursor=${body.next}`)).body.transcripts).toEqual([])
    })

    it('makes and revokes keys, and has every write in an unbroken chain', async () => {
      const made = await ask('POST', '/keys', { body: { tenant: 'acme' } })
      expect((await ask('DELETE', `/keys/${made.body.id}`)).status).toBe(204)
      expect((await ask('GET', '/keys')).body.keys).toContainEqual(
        expect.objectContaining({ id: made.body.id, revoked: expect.any(Number) }),
      )
      const { entries, next } = (await ask('GET', '/audit?limit=200')).body
      expect(next).toBeNull()
      let before = GENESIS
      for (const entry of entries as readonly AuditEntry[]) {
        expect([entry.seq, entry.prev]).toEqual([before.seq + 1, before.hash])
        expect(await hashOf(entry)).toBe(entry.hash)
        before = entry
      }
      const actions = entries.map(({ action }: AuditEntry) => action)
      for (const action of ['policy.push', 'policy.rollback', 'policy.reject', 'key.revoke']) {
        expect(actions).toContain(action)
      }
    })

    it('refuses 50 MB, and goes on', async () => {
      expect(await target.pushBytes(50_000_000)).toBe(413)
      expect((await ask('GET', '/policies')).status).toBe(200)
    })

    it('lets nobody in without a token, and nobody do what is not there', async () => {
      const stranger = await fetch(`${target.url}/admin/v1/policies`)
      expect([stranger.status, (await stranger.json()).code]).toEqual([401, 'not_authenticated'])
      expect(await ask('PUT', '/policies')).toMatchObject({ status: 405 })
      expect((await ask('GET', '/nothing')).status).toBe(404)
    })
  })
}
