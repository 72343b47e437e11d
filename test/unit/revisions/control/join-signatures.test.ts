import { describe, expect, it } from 'vitest'
import { openSqlite } from '../../../../src/database/sqlite.node.ts'
import { addSignature } from '../../../../src/revisions/signing/sign-revision.ts'
import {
  createSigner,
  revise,
  reworded,
  type SignedRevisionOptions,
  type Signer,
  signedEnvelope,
  signedRevision,
  smallPolicy,
} from '../../../fakes/revisions.ts'
import { createTestControl, type TestControl } from '../control.ts'

const ann = await createSigner('ann')
const ben = await createSigner('ben')
const cid = await createSigner('cid')
const eve = await createSigner('eve')
const { bundle: plain, tests } = await smallPolicy()
const twoPersons = await revise(plain, (content) => ({
  ...content,
  signatures: { required: 2, signers: [] },
}))

const open = (
  signers: readonly Signer[] = [ann, ben, cid],
  database = openSqlite({ path: ':memory:' }),
) => createTestControl({ database, signers, builtIn: [twoPersons] })

const next = await reworded(twoPersons, 1)
const revision = (signers: readonly Signer[]): SignedRevisionOptions => ({
  signers,
  bundle: next,
  tests,
  number: 1,
})

async function push({ control }: TestControl, ...signers: readonly Signer[]) {
  const pushed = await control.push('small', await signedRevision(revision(signers)), 'admin:ann')
  if (!pushed.ok) throw new Error(JSON.stringify(pushed.failure))
  return pushed.value
}

/** Sends an envelope alone, as somebody does who signs what the gateway keeps. */
const send = async ({ control }: TestControl, jws: Awaited<ReturnType<typeof signedEnvelope>>) =>
  control.push('small', { jws, bundle: null, tests: null, files: null }, 'admin:ben')

const sendSigned = async (test: TestControl, ...signers: readonly Signer[]) =>
  send(test, await signedEnvelope(revision(signers)))

const activate = ({ control }: TestControl) =>
  control.activate(
    { policy: 'small', revision: 1, percent: 100, shadow: null, expected: null },
    'admin:ben',
  )

const signersOf = async ({ control }: TestControl) =>
  (await control.revision('small', 1))?.report.signers

describe('a signature that comes after the push', () => {
  it('joins the first, and ends the waiting', async () => {
    const test = await open()
    const kept = await push(test, ann)
    expect(await test.control.waiting('small', [kept])).toMatchObject([
      { bears: ['ann'], missing: 1 },
    ])
    expect((await activate(test)).ok).toBe(false)
    const joined = await sendSigned(test, ben)
    expect(joined).toMatchObject({ ok: true, value: { report: { signers: ['ann', 'ben'] } } })
    expect(joined.ok && (await test.control.waiting('small', [joined.value]))).toEqual([null])
    expect(await activate(test)).toMatchObject({ ok: true, value: { active: 1 } })
  })

  it('is told to the audit log with the name of the key and of who brought it', async () => {
    const test = await open()
    await push(test, ann)
    await sendSigned(test, ben)
    expect((await test.entries()).at(-1)).toMatchObject({
      actor: 'admin:ben',
      action: 'policy.sign',
      policy: 'small',
      details: { revision: 1, digest: next.digest, signers: ['ben'] },
    })
  })

  it('joins in either order, with the first one or without', async () => {
    const test = await open()
    await push(test, ben)
    await send(test, await addSignature(await signedEnvelope(revision([ben])), ann.key))
    expect(await signersOf(test)).toEqual(['ben', 'ann'])
  })

  it('may be one more than is wanted', async () => {
    const test = await open()
    await push(test, ann, ben)
    await sendSigned(test, cid)
    expect(await signersOf(test)).toEqual(['ann', 'ben', 'cid'])
    expect((await activate(test)).ok).toBe(true)
  })

  it('leaves the text as it was signed', async () => {
    const test = await open()
    const kept = await push(test, ann)
    await sendSigned(test, ben)
    const now = await test.control.revision('small', 1)
    expect(now?.jws.payload).toBe(kept.jws.payload)
    expect(now).toEqual({ ...kept, jws: now?.jws, report: now?.report })
  })

  it('is there once however often it is sent, and by two at once', async () => {
    const test = await open()
    await push(test, ann)
    await Promise.all([sendSigned(test, ben), sendSigned(test, ben), sendSigned(test, cid)])
    await sendSigned(test, ben)
    expect((await signersOf(test))?.toSorted()).toEqual(['ann', 'ben', 'cid'])
    const signed = (await test.entries()).filter(({ action }) => action === 'policy.sign')
    expect(signed).toHaveLength(2)
  })

  it('of somebody who may not sign is refused by name, and nothing joins', async () => {
    const test = await open()
    await push(test, ann)
    expect(await sendSigned(test, eve)).toMatchObject({
      ok: false,
      failure: { reason: 'rejected', problems: [{ code: 'signer_unknown', signer: 'eve' }] },
    })
    expect(await signersOf(test)).toEqual(['ann'])
  })

  it('that is broken is refused by name, and nothing joins', async () => {
    const test = await open()
    await push(test, ann)
    const { payload } = await signedEnvelope(revision([ann]))
    const { signatures } = await signedEnvelope({ ...revision([ben]), number: 9 })
    expect(await send(test, { payload, signatures })).toMatchObject({
      failure: { reason: 'rejected', problems: [{ code: 'signature_invalid', signer: 'ben' }] },
    })
    expect(await signersOf(test)).toEqual(['ann'])
  })

  it('of another text under the number is another revision, which the number is taken for', async () => {
    const test = await open()
    await push(test, ann)
    const other = await signedEnvelope({ ...revision([ben]), payload: { note: 'Other' } })
    expect(await send(test, other)).toMatchObject({
      failure: { problems: [{ code: 'number_taken' }] },
    })
  })

  it('helps where the first signer has left: it counts without them', async () => {
    const database = openSqlite({ path: ':memory:' })
    await push(await open([ann, ben, cid], database), ann)
    const later = await open([ben, cid], database)
    await sendSigned(later, ben)
    expect(await activate(later)).toMatchObject({
      failure: {
        message: expect.stringMatching(
          /It wants 2 signatures and bears 1 that counts \(ben\)\. Take the signature of ann off, .* of that name now; it counted last on revision 1, of /,
        ),
      },
    })
    await sendSigned(later, cid)
    expect((await activate(later)).ok).toBe(true)
  })
})

describe('a revision that one who may sign no more has signed with others', () => {
  it('is kept without that signature, and says so', async () => {
    const database = openSqlite({ path: ':memory:' })
    const before = await open([ann, ben, cid], database)
    await push(before, ann)
    const after = await open([ben, cid], database)
    const submission = await signedRevision({ ...revision([ann, ben, cid]), number: 2 })
    const pushed = await after.control.push('small', submission, 'admin:ben')
    expect(pushed).toMatchObject({ ok: true, value: { report: { signers: ['ben', 'cid'] } } })
    const { report, jws } = pushed.ok ? pushed.value : { report: null, jws: null }
    expect(jws?.signatures).toHaveLength(2)
    expect(report?.warnings[0]).toMatch(
      /^Take the signature of ann off, or have somebody else sign: POLICY_SIGNERS holds no key of that name now; it counted last on revision 1, of \d{4}-/,
    )
  })
})

describe('what many revisions lack', () => {
  it('is told of each, with one look at who must sign', async () => {
    const real = openSqlite({ path: ':memory:' })
    let bundlesRead = 0
    const counting: typeof real = {
      ...real,
      all(sql, params) {
        if (sql.includes('FROM policy_contents')) bundlesRead++
        return real.all(sql, params)
      },
    }
    const test = await open([ann, ben], counting)
    await push(test, ann, ben)
    await activate(test)
    for (const [number, signers] of [
      [2, [ann]],
      [3, [ann, ben]],
      [4, [ben]],
    ] as const) {
      const sent = await signedRevision({ ...revision(signers), number })
      expect((await test.control.push('small', sent, 'admin:ann')).ok).toBe(true)
    }
    const records = await test.control.revisions('small', { before: null, limit: 10 })
    bundlesRead = 0
    const waiting = await test.control.waiting('small', records)
    expect(waiting.map((one) => one?.bears ?? null)).toEqual([['ben'], null, ['ann'], null])
    expect(bundlesRead).toBe(1)
  })
})

describe('a policy of which nothing serves', () => {
  const fresh = (signers: readonly Signer[] = [ann]) =>
    createTestControl({ database: openSqlite({ path: ':memory:' }), signers, builtIn: [] })

  it('is there from its push, and no longer once it serves', async () => {
    const test = await fresh()
    await push(test, ann)
    expect(await test.control.unserved()).toMatchObject([
      {
        policy: 'small',
        version: 0,
        active: null,
        changedBy: 'admin:ann',
        newest: { number: 1, state: 'admitted', waiting: null },
      },
    ])
    expect((await activate(test)).ok).toBe(true)
    expect(await test.control.unserved()).toEqual([])
  })

  it('is there where all that was pushed was refused', async () => {
    const test = await fresh()
    const submission = await signedRevision(revision([eve]))
    await test.control.push('small', submission, 'admin:eve')
    expect(await test.control.unserved()).toMatchObject([
      { policy: 'small', changedBy: 'admin:eve', newest: { number: 1, state: 'rejected' } },
    ])
  })

  it('is not there where it is built in', async () => {
    const test = await open()
    await push(test, ann)
    expect(await test.control.unserved()).toEqual([])
  })
})
