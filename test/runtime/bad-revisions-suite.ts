/**
 * Bad revisions of every kind against a running gateway, over HTTP alone: each is refused with its reason, and nothing that
 * serves is touched. It runs on Node and on workerd alike.
 */
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyChain } from '../../src/audit/verify-chain.ts'
import { sha256Hex } from '../../src/lib/digest.ts'
import { canonicalJson, type JsonValue } from '../../src/lib/json.ts'
import { type AdminCaller, createAdminCaller } from '../fakes/admin-caller.ts'
import { adminContract } from '../fakes/admin-contract.ts'
import { contentOf, keySetOf, reworded, signedEnvelope, testsOf } from '../fakes/revisions.ts'
import { gardenBundle, gardenFiles } from '../unit/policy/garden.ts'
import {
  ACTIVE_NUMBER,
  BAD_REVISIONS,
  createSigners,
  KEPT_NUMBER,
  PLAIN,
  type Signers,
  startingRevisions,
  TWO_PERSONS,
} from './bad-revisions.ts'

export type BadRevisionsTarget = {
  readonly url: string
  readonly appKey: string
  readonly adminToken: string
  /** The admin, as the audit log names them. */
  readonly actor: string
  close(): Promise<void>
}

/** `start` is given what the gateway is to have as POLICY_SIGNERS. */
export function describeBadRevisions(
  name: string,
  start: (signerKeys: string) => Promise<BadRevisionsTarget>,
): void {
  let target: BadRevisionsTarget
  let signers: Signers
  let admin: AdminCaller
  beforeAll(async () => {
    signers = await createSigners()
    const { ann, ben, anna } = signers
    target = await start(JSON.stringify(keySetOf(ann, ben, anna)))
    const contract = adminContract(await (await fetch(`${target.url}/admin/openapi.json`)).json())
    admin = createAdminCaller({
      url: target.url,
      token: target.adminToken,
      check: async (method, path, response) =>
        expect(await contract.problems(method, path, response)).toEqual([]),
    })
    for (const { policy, body } of await startingRevisions(signers)) {
      const pushed = await admin.ask('POST', `/policies/${policy}/revisions`, { body })
      expect([pushed.status, pushed.text]).toEqual([201, pushed.text])
    }
    for (const policy of [PLAIN, TWO_PERSONS]) {
      expect((await activate(policy, ACTIVE_NUMBER)).status).toBe(200)
    }
  })
  afterAll(() => target?.close())

  const activate = (policy: string, revision: number) =>
    admin.ask('POST', `/policies/${policy}/activate`, { ifMatch: '*', body: { revision } })

  const servedDigest = async (policy: string) => {
    const response = await fetch(`${target.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${target.appKey}`,
        'content-type': 'application/json',
        'x-chambers-policy': policy,
      },
      body: JSON.stringify({
        model: 'stand-in',
        messages: [{ role: 'user', content: 'Good day' }],
      }),
    })
    await response.arrayBuffer()
    return [response.status, response.headers.get('x-chambers-policy')]
  }

  /** All that must be the same after a refusal as before it. */
  const standing = async (policy: string) => {
    const { status, etag, text } = await admin.ask('GET', `/policies/${policy}`)
    const { body } = await admin.ask('GET', `/policies/${policy}/revisions`)
    return { status, etag, text, revisions: body.revisions, served: await servedDigest(policy) }
  }

  const lastSeq = async () => (await admin.audit()).at(-1)?.seq ?? 0

  const chainHead = async () => {
    const entries = await admin.audit()
    const each = async function* () {
      yield* entries
    }
    const verified = await verifyChain({ entries: each(), anchor: null })
    return [verified.ok, entries.at(-1)?.seq]
  }

  describe(`${name}: a bad revision`, () => {
    it.each(BAD_REVISIONS)(
      'with $what is refused with its reason, and touches nothing',
      async ({ policy = PLAIN, make, problem, number = 9 }) => {
        const before = await standing(policy)
        expect(before).toMatchObject({ status: 200, served: [200, expect.any(String)] })
        const seq = await lastSeq()
        const pushed = await admin.ask('POST', `/policies/${policy}/revisions`, {
          body: await make(signers),
        })
        const told = { ...problem, message: expect.stringMatching(problem.message) }
        expect(pushed).toMatchObject({
          status: 422,
          body: { code: 'revision_rejected', detail: expect.stringMatching(/^Mend /) },
        })
        expect(pushed.body.problems).toEqual([told])
        const { rejection } = pushed.body
        expect(rejection).toEqual(number === null ? null : expect.stringMatching(/^rej_/))

        const { body: kept } = await admin.ask(
          'GET',
          `/policies/${policy}/revisions?state=rejected`,
        )
        const entries = await admin.audit(seq)
        if (number === null) {
          expect(entries).toEqual([])
        } else {
          const { actor } = target
          expect(kept.revisions[0]).toMatchObject({ id: rejection, number, pushedBy: actor })
          expect(kept.revisions[0].problems).toEqual([told])
          expect(entries).toMatchObject([
            {
              actor,
              action: 'policy.reject',
              policy,
              details: { id: rejection, revision: number },
            },
          ])
          expect(entries[0]?.details.codes).toEqual([problem.code])
          // What was kept under the number before is what can be activated, if there was anything.
          if (number !== KEPT_NUMBER) expect((await activate(policy, number)).status).toBe(404)
        }
        expect(await standing(policy)).toEqual(before)
        expect(await chainHead()).toEqual([true, seq + entries.length])
      },
    )

    it('whose time has not come is kept, and cannot be activated before', async () => {
      const bundle = await reworded(await gardenBundle(), 20)
      const tests = testsOf(gardenFiles)
      const payload = { notBefore: '2999-01-01T00:00:00Z' }
      const signed = { signers: [signers.ann], bundle, tests, number: 20, payload }
      const body = { jws: await signedEnvelope(signed), bundle: contentOf(bundle), tests }
      const push = await admin.ask('POST', `/policies/${PLAIN}/revisions`, { body })
      expect(push.status).toBe(201)
      const before = await standing(PLAIN)
      expect(await activate(PLAIN, 20)).toMatchObject({
        status: 409,
        body: {
          code: 'conflict',
          detail: 'Wait until 2999-01-01T00:00:00Z: revision 20 is not to serve before',
        },
      })
      expect(await standing(PLAIN)).toEqual(before)
    })

    it.each([
      ['that is half-written', () => '{"jws": {"payload": "eyJ', /^Send the body as JSON: /],
      [
        'with a prototype',
        () => '{"jws": {"__proto__": {}}}',
        /^Send JSON without the key __proto__$/,
      ],
      [
        'with a prototype that is spelled by an escape',
        () => '{"jws": {"\\u005f_proto__": {}}}',
        /^Send JSON without the key __proto__$/,
      ],
      [
        'of 10,000 levels',
        () => `{"jws":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
        /^Send JSON of at most 200 levels$/,
      ],
      ['compressed and not said to be', () => gzipSync('{"jws":{}}'), /^Send the body in UTF-8$/],
    ])('%s is refused unread', async (_, body, detail) => {
      const before = [await standing(PLAIN), await lastSeq()]
      const pushed = await admin.ask('POST', `/policies/${PLAIN}/revisions`, { body: body() })
      expect(pushed).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
      expect(pushed.body.detail).toMatch(detail)
      expect([await standing(PLAIN), await lastSeq()]).toEqual(before)
    })

    it('compressed is refused unread', async () => {
      const pushed = await admin.ask('POST', `/policies/${PLAIN}/revisions`, {
        body: gzipSync('{"jws":{}}'),
        headers: { 'content-encoding': 'gzip' },
      })
      expect(pushed).toMatchObject({
        status: 400,
        body: { code: 'invalid_request', detail: 'Send the body without a content-encoding' },
      })
    })
  })

  describe(`${name}: a good revision whose number has passed`, () => {
    it('neither is activated again nor rolled back to', async () => {
      const revisions = await startingRevisions(signers)
      const [old, , next] = revisions.map(({ body }) => body)
      expect((await activate(PLAIN, KEPT_NUMBER)).status).toBe(200)
      const before = await standing(PLAIN)
      expect(before.served).toEqual([200, `${PLAIN}@${await digestOf(next?.bundle)}`])
      expect(await activate(PLAIN, ACTIVE_NUMBER)).toMatchObject({
        status: 409,
        body: { detail: expect.stringMatching(/: revision 6 serves, and numbers only grow$/) },
      })
      const back = await admin.ask('POST', `/policies/${PLAIN}/rollback`, {
        body: { jws: old?.jws },
      })
      expect(back).toMatchObject({ status: 422, body: { code: 'revision_rejected' } })
      const [problem] = back.body.problems
      expect(problem).toMatchObject({ code: 'number_replayed', pointer: '/jws/payload/revision' })
      expect(await standing(PLAIN)).toEqual(before)
    })
  })
}

async function digestOf(content: JsonValue = null): Promise<string> {
  return sha256Hex(canonicalJson(content))
}
