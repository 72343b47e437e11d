import { describe, expect, it } from 'vitest'
import { openSqlite } from '../../../../src/database/sqlite.node.ts'
import type { Bundle } from '../../../../src/policy/section.ts'
import type { RevisionPayload } from '../../../../src/revisions/revision.ts'
import {
  createSigner,
  revise,
  reworded,
  type Signer,
  signedEnvelope,
  signedRevision,
  smallPolicy,
} from '../../../fakes/revisions.ts'
import { createTestControl, NOW, type TestControl } from '../control.ts'

const ann = await createSigner('ann')
const ben = await createSigner('ben')
const cid = await createSigner('cid')
const eve = await createSigner('eve')
const { bundle: builtIn, tests } = await smallPolicy()
/** Revision 1 asks for one signature, those after it for two. */
const one = await reworded(builtIn, 1)
const strict = (number: number, listed: readonly string[] = []) =>
  revise(builtIn, (content) => ({
    ...content,
    title: `Text ${number}`,
    signatures: { required: 2, signers: listed },
  }))
const two = await strict(2)
const three = await strict(3)
const unserved = await strict(9)

async function serve(
  { control }: TestControl,
  { bundle, number, percent = 100 }: { bundle: Bundle; number: number; percent?: number },
  signers: readonly Signer[] = [ann, ben],
) {
  const before = (await control.states()).find(({ policy }) => policy === 'small')
  const payload = { supersedes: before?.activeDigest ?? null }
  const revision = { signers, bundle, tests, number, payload }
  const pushed = await control.push('small', await signedRevision(revision), 'admin:ann')
  if (!pushed.ok) throw new Error(JSON.stringify(pushed.failure))
  return control.activate(
    { policy: 'small', revision: number, percent, shadow: null, expected: null },
    'admin:ben',
  )
}

/** Revisions 1, 2 and 3 have served everyone, and 3 serves. */
async function started(signers: readonly Signer[] = [ann, ben]) {
  const database = openSqlite({ path: ':memory:' })
  const test = await createTestControl({ database, signers, builtIn: [builtIn] })
  await serve(test, { bundle: one, number: 1 })
  await serve(test, { bundle: two, number: 2 })
  await serve(test, { bundle: three, number: 3 })
  return test
}

type Stopping = {
  readonly bundle?: Bundle
  readonly number?: number
  readonly signers?: readonly Signer[]
  readonly payload?: Partial<RevisionPayload>
  readonly expected?: number
}

async function stop({ control }: TestControl, stopping: Stopping = {}) {
  const { bundle = two, number = 4, signers = [ann], payload, expected = null } = stopping
  const said = {
    note: 'It refuses nurses',
    supersedes: three.digest,
    stop: true,
    ...payload,
  } as const
  const jws = await signedEnvelope({ signers, bundle, tests, number, payload: said })
  return control.stop({ policy: 'small', jws, expected }, 'admin:ann')
}

const problem = (code: string, message: unknown) => ({
  ok: false,
  failure: { reason: 'rejected', problems: [{ code, message }] },
})

describe('a stop', () => {
  it('goes back at once and for everyone, by one signature, and waits for the rest', async () => {
    const test = await started()
    const stopped = await stop(test)
    expect(stopped).toMatchObject({
      ok: true,
      value: {
        action: 'stop',
        active: 4,
        activeDigest: two.digest,
        candidate: null,
        stopped: 3,
        reason: 'It refuses nurses',
        changedBy: 'admin:ann',
      },
    })
    const record = await test.control.revision('small', 4)
    expect(record && (await test.control.waiting('small', [record]))).toEqual([
      { required: 2, of: [], bears: ['ann'], missing: 1 },
    ])
  })

  it('is in the audit log with who, why, and what is missing', async () => {
    const test = await started()
    await stop(test)
    const entries = await test.entries()
    expect(entries.at(-1)).toMatchObject({
      actor: 'admin:ann',
      action: 'policy.stop',
      details: {
        from: { active: 3 },
        to: { active: 4, activeDigest: two.digest },
        reason: 'It refuses nurses',
        stopped: 3,
        signers: ['ann'],
        missing: 1,
      },
    })
  })

  it('drops what is staged', async () => {
    const test = await started()
    await serve(test, { bundle: await strict(5), number: 5, percent: 20 })
    expect(await stop(test, { number: 6 })).toMatchObject({
      value: { active: 6, candidate: null, percent: 0, stopped: 3 },
    })
  })

  it('may go further back, and to what is built in', async () => {
    expect(await stop(await started(), { bundle: one })).toMatchObject({
      value: { activeDigest: one.digest },
    })
    expect(await stop(await started(), { bundle: builtIn })).toMatchObject({
      value: { activeDigest: builtIn.digest },
    })
  })

  it('waits for nobody where one signature is all that is asked', async () => {
    const test = await createTestControl({
      database: openSqlite({ path: ':memory:' }),
      signers: [ann],
      builtIn: [builtIn],
    })
    await serve(test, { bundle: one, number: 1 }, [ann])
    expect(
      await stop(test, { bundle: builtIn, number: 2, payload: { supersedes: one.digest } }),
    ).toMatchObject({ value: { action: 'stop', active: 2, stopped: null } })
  })

  it('that is sent again does nothing twice', async () => {
    const test = await started()
    await stop(test)
    const before = await test.state()
    expect(await stop(test)).toMatchObject({ ok: true, value: { active: 4, version: 4 } })
    expect(await test.state()).toEqual(before)
  })

  it('is refused with the state as it is, where the caller knows another', async () => {
    const test = await started()
    expect(await stop(test, { expected: 1 })).toEqual({
      ok: false,
      failure: { reason: 'stale', current: await test.state() },
    })
  })
})

describe('while a stop waits', () => {
  it('nobody stops again', async () => {
    const test = await started()
    await stop(test)
    const before = await test.state()
    const again = { bundle: one, number: 5, payload: { supersedes: two.digest } }
    for (const signers of [[ann], [ben]]) {
      expect(await stop(test, { ...again, signers })).toEqual({
        ok: false,
        failure: {
          reason: 'conflict',
          message:
            'Have revision 4 signed by the rest first, by `policy sign --add small@4`, or activate a revision with all signatures: one person has stopped small already (admin:ann), and nobody stops twice in a row',
        },
      })
    }
    expect(await test.state()).toEqual(before)
  })

  it('what follows is held to what was stopped, however weak what serves is', async () => {
    const test = await started()
    await stop(test, { bundle: one })
    const alone = { bundle: await reworded(builtIn, 5), number: 5 }
    expect(await serve(test, alone, [ann])).toMatchObject({
      failure: { message: expect.stringContaining('It wants 2 signatures and bears 1') },
    })
    expect(await serve(test, { ...alone, number: 6 })).toMatchObject({
      value: { active: 6, stopped: null },
    })
  })

  it('what is staged and halted beside it leaves it waiting', async () => {
    const test = await started()
    await stop(test)
    expect(await serve(test, { bundle: await strict(5), number: 5, percent: 5 })).toMatchObject({
      value: { candidate: 5, stopped: 3 },
    })
    const halt = { policy: 'small', expected: null, reason: null }
    expect(await test.control.halt(halt, 'admin:ben')).toMatchObject({ value: { stopped: 3 } })
  })

  it('it went back to by one person is nothing that a later stop may go to', async () => {
    const test = await started()
    const staged = await strict(5)
    await serve(test, { bundle: staged, number: 5, percent: 20 })
    await stop(test, { number: 6 })
    await serve(test, { bundle: three, number: 7 })
    expect(await stop(test, { bundle: staged, number: 8 })).toMatchObject(
      problem('never_served', expect.any(String)),
    )
  })

  it('the signatures that it lacks end the waiting, and change nothing that serves', async () => {
    const test = await started()
    await stop(test)
    const said = { note: 'It refuses nurses', supersedes: three.digest, stop: true } as const
    const jws = await signedEnvelope({
      signers: [ben],
      bundle: two,
      tests,
      number: 4,
      payload: said,
    })
    const contents = { bundle: null, tests: null, files: null }
    expect((await test.control.push('small', { jws, ...contents }, 'admin:ben')).ok).toBe(true)
    expect(await test.state()).toMatchObject({
      action: 'sign',
      version: 5,
      active: 4,
      activeDigest: two.digest,
      stopped: null,
      changedBy: 'admin:ben',
    })
    expect((await test.entries()).at(-1)).toMatchObject({
      action: 'policy.sign',
      details: { revision: 4, signers: ['ben'], stop: 'complete' },
    })
    expect(
      await stop(test, { bundle: one, number: 5, payload: { supersedes: two.digest } }),
    ).toMatchObject({ value: { active: 5, stopped: 4 } })
  })
})

describe('a stop that lacks two signatures', () => {
  it('waits no longer where both come at the same moment', async () => {
    const test = await started([ann, ben, cid])
    const threefold = await revise(builtIn, (content) => ({
      ...content,
      title: 'Text 4',
      signatures: { required: 3, signers: [] },
    }))
    await serve(test, { bundle: threefold, number: 4 })
    const said = { note: 'It refuses nurses', supersedes: threefold.digest, stop: true } as const
    await stop(test, { number: 5, payload: said })
    const contents = { bundle: null, tests: null, files: null }
    const both = await Promise.all(
      [ben, cid].map(async (signer) => {
        const signed = { signers: [signer], bundle: two, tests, number: 5, payload: said }
        const jws = await signedEnvelope(signed)
        return test.control.push('small', { jws, ...contents }, `admin:${signer.kid}`)
      }),
    )
    expect(both.map(({ ok }) => ok)).toEqual([true, true])
    expect(await test.state()).toMatchObject({ action: 'sign', active: 5, stopped: null })
    expect((await test.entries()).at(-1)).toMatchObject({
      action: 'policy.sign',
      details: { revision: 5, stop: 'complete' },
    })
  })
})

describe('a stop is refused', () => {
  const refused: readonly (readonly [string, Stopping, string, unknown])[] = [
    [
      'to what never served',
      { bundle: unserved },
      'never_served',
      'Name another revision with --to: a stop goes back to what has served everyone before, with all signatures, and to nothing else',
    ],
    ['to what serves now', { bundle: three }, 'never_served', expect.any(String)],
    [
      'by somebody who may not sign',
      { signers: [eve] },
      'signer_unknown',
      expect.stringContaining('Take the signature of eve off'),
    ],
    [
      'without a reason',
      { payload: { note: ' ' } },
      'payload_unreadable',
      'Say why, with --reason: it is kept for the others',
    ],
    [
      'under a number that leaves few for others',
      { number: Number.MAX_SAFE_INTEGER },
      'number_far',
      'Sign it under a number up to 100000000000003: numbers only grow, and whoever takes the last ones leaves none to anybody',
    ],
    [
      'that was signed to stop something else',
      { payload: { supersedes: one.digest } },
      'stop_outdated',
      `Make it anew, with \`policy stop\`: it was signed to stop ${one.digest}, and ${three.digest} serves now`,
    ],
  ]

  it.each(refused)('%s', async (_, stopping, code, message) => {
    const test = await started()
    const before = await test.state()
    expect(await stop(test, stopping)).toMatchObject(problem(code, message))
    expect(await test.state()).toEqual(before)
  })

  it('where it is an ordinary rollback that one person has signed', async () => {
    const test = await started()
    const payload = { supersedes: three.digest, note: 'Why' }
    const jws = await signedEnvelope({ signers: [ann], bundle: two, tests, number: 4, payload })
    expect(
      await test.control.stop({ policy: 'small', jws, expected: null }, 'admin:ann'),
    ).toMatchObject(problem('stop_misplaced', expect.any(String)))
  })

  it('by one whom what serves does not list', async () => {
    const test = await started([ann, ben, eve])
    const listed = await strict(5, ['ann', 'ben'])
    await serve(test, { bundle: listed, number: 5 })
    expect(
      await stop(test, { signers: [eve], number: 6, payload: { supersedes: listed.digest } }),
    ).toMatchObject(
      problem(
        'signatures_missing',
        'It wants 2 signatures of ann, ben and bears none that counts: a stop wants one of them',
      ),
    )
  })

  it('before its time, and where nothing serves', async () => {
    const test = await started()
    const payload = { notBefore: new Date(NOW + 1000).toISOString() }
    expect(await stop(test, { payload })).toMatchObject({ failure: { reason: 'conflict' } })
    const empty = await createTestControl({
      database: openSqlite({ path: ':memory:' }),
      signers: [ann],
      builtIn: [],
    })
    expect(await stop(empty)).toEqual({
      ok: false,
      failure: {
        reason: 'conflict',
        message: 'Stop nothing: nothing of this policy serves yet',
      },
    })
  })

  it('by any other way: pushed, or rolled back to', async () => {
    const test = await started()
    const said = { note: 'Why', supersedes: three.digest, stop: true } as const
    const revision = { signers: [ann, ben], bundle: two, tests, number: 4, payload: said }
    const misplaced = problem('stop_misplaced', expect.stringContaining('Make it anew'))
    const submission = await signedRevision(revision)
    expect(await test.control.push('small', submission, 'admin:ann')).toMatchObject(misplaced)
    const jws = await signedEnvelope(revision)
    const back = { policy: 'small', jws, expected: null }
    expect(await test.control.rollback(back, 'admin:ann')).toMatchObject(misplaced)
  })
})
