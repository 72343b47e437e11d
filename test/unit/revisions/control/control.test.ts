import { describe, expect, it } from 'vitest'
import { openSqlite } from '../../../../src/database/sqlite.node.ts'
import type { BundleContent, RolloutSettings } from '../../../../src/policy/section.ts'
import type { Activation } from '../../../../src/revisions/control/control.ts'
import type { PolicyState } from '../../../../src/revisions/registry.ts'
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
import { createTestControl, NOW, type TestControl } from '../control.ts'

const ann = await createSigner('ann')
const ben = await createSigner('ben')
const { bundle: builtIn, tests } = await smallPolicy()

type Given = Partial<Omit<SignedRevisionOptions, 'number'>> & {
  readonly change?: (content: BundleContent) => BundleContent
}

const open = (signers: readonly Signer[] = [ann, ben], given = [builtIn]) =>
  createTestControl({
    database: openSqlite({ path: ':memory:' }),
    signers,
    builtIn: given,
  })

async function signed(number: number, { change, ...given }: Given = {}) {
  const bundle = change ? await revise(builtIn, change) : await reworded(builtIn, number)
  return signedRevision({ signers: [ann], bundle, tests, number, ...given })
}

/** Pushes a revision and gives its digest. */
async function push({ control }: TestControl, number: number, given: Given = {}) {
  const pushed = await control.push('small', await signed(number, given), 'admin:ann')
  if (!pushed.ok) throw new Error(JSON.stringify(pushed.failure))
  return pushed.value.digest
}

const activate = ({ control }: TestControl, revision: number, how: Partial<Activation> = {}) =>
  control.activate(
    { policy: 'small', revision, percent: null, shadow: null, expected: null, ...how },
    'admin:ben',
  )

const halt = ({ control }: TestControl, expected: number | null = null) =>
  control.halt({ policy: 'small', expected, reason: null }, 'admin:ben')

const rollback = async (
  { control }: TestControl,
  options: Omit<SignedRevisionOptions, 'signers'> & { readonly expected?: number },
) => {
  const { expected = null, ...rest } = options
  const jws = await signedEnvelope({ signers: [ann], tests, ...rest })
  return control.rollback({ policy: 'small', jws, expected }, 'admin:ben')
}

const conflict = (message: string) => ({ ok: false, failure: { reason: 'conflict', message } })

describe('an activation', () => {
  it('for everyone commits the number', async () => {
    const test = await open()
    const digest = await push(test, 3)
    const state: PolicyState = {
      policy: 'small',
      version: 1,
      action: 'activate',
      active: 3,
      activeDigest: digest,
      candidate: null,
      candidateDigest: null,
      percent: 0,
      shadow: false,
      callers: null,
      move: null,
      changed: NOW,
      changedBy: 'admin:ben',
      reason: null,
      stopped: null,
    }
    expect(await activate(test, 3)).toEqual({ ok: true, value: state })
    expect(await test.control.states()).toEqual([state])
    expect(await test.control.history('small', { before: null, limit: 9 })).toEqual([state])
    expect(test.changes.count).toBe(1)
    expect((await test.entries()).at(-1)).toMatchObject({
      actor: 'admin:ben',
      action: 'policy.activate',
      policy: 'small',
      details: {
        version: 1,
        from: { active: 0, activeDigest: builtIn.digest, candidate: null },
        to: { active: 3, activeDigest: digest, candidate: null },
      },
    })
  })

  it('for a share of callers leaves the rest where they are', async () => {
    const test = await open()
    const digest = await push(test, 3)
    expect(await activate(test, 3, { percent: 5 })).toMatchObject({
      ok: true,
      value: {
        action: 'stage',
        active: 0,
        activeDigest: builtIn.digest,
        candidate: 3,
        candidateDigest: digest,
        percent: 5,
        shadow: false,
      },
    })
    expect((await test.entries()).at(-1)).toMatchObject({ action: 'policy.stage' })
  })

  it('can be raised, lowered to nobody, and committed', async () => {
    const test = await open()
    await push(test, 3)
    for (const percent of [5, 50, 20, 0]) {
      expect(await activate(test, 3, { percent })).toMatchObject({ value: { percent } })
    }
    expect(await activate(test, 3, { percent: 100 })).toMatchObject({
      value: { version: 5, active: 3, candidate: null },
    })
  })

  const rollouts: readonly (readonly [
    string,
    RolloutSettings | undefined,
    Partial<Activation>,
    object,
  ])[] = [
    ['everyone at once', undefined, {}, { active: 3 }],
    ['nobody, for a shadow', undefined, { shadow: true }, { percent: 0, shadow: true }],
    ['as the revision says', { percent: 10, shadow: true }, {}, { percent: 10, shadow: true }],
    [
      'a share of its own',
      { percent: 10, shadow: true },
      { percent: 30 },
      { percent: 30, shadow: true },
    ],
    [
      'without its shadow',
      { percent: 10, shadow: true },
      { shadow: false },
      { percent: 10, shadow: false },
    ],
    ['everyone, its shadow left', { percent: 10, shadow: true }, { percent: 100 }, { active: 3 }],
    [
      'a shadow where it says everyone',
      { percent: 100, shadow: false },
      { shadow: true },
      { percent: 0, shadow: true },
    ],
  ]

  it.each(rollouts)('begins with %s', async (_, rollout, how, state) => {
    const test = await open()
    const change = (content: BundleContent) => ({ ...content, ...(rollout && { rollout }) })
    await push(test, 3, { change })
    expect(await activate(test, 3, how)).toMatchObject({ ok: true, value: state })
  })

  it('of what is not there tells what to do', async () => {
    expect(await activate(await open(), 3)).toEqual({
      ok: false,
      failure: { reason: 'not_found', message: 'Push revision 3 of small first: it is not there' },
    })
  })

  const hindered: readonly (readonly [
    string,
    (test: TestControl) => Promise<unknown>,
    Partial<Activation>,
    string,
  ])[] = [
    [
      'another revision is staged',
      async (test) => {
        await push(test, 2)
        await activate(test, 2, { percent: 5 })
        await push(test, 3)
      },
      {},
      'Halt revision 2 first: it is staged',
    ],
    [
      'it serves already',
      async (test) => {
        await push(test, 3)
        await activate(test, 3)
      },
      {},
      'Leave it: revision 3 serves everyone already',
    ],
    [
      'a later one is committed',
      async (test) => {
        await push(test, 3)
        await push(test, 4)
        await activate(test, 4)
      },
      {},
      'Go back to it with `policy rollback small --to 3`, where it has served, or sign its text anew: revision 4 serves, and numbers only grow',
    ],
    [
      'its time has not come',
      (test) => push(test, 3, { payload: { notBefore: '2026-06-02T00:00:00Z' } }),
      {},
      'Wait until 2026-06-02T00:00:00Z: revision 3 is not to serve before',
    ],
    [
      'its time is over',
      async (test) => {
        await push(test, 3, { payload: { expires: '2026-06-02T00:00:00Z' } })
        test.clock.time = Date.parse('2026-06-02T00:00:00Z')
      },
      {},
      'Push revision 3 again under a new number. Sign it again with a later end: 2026-06-02T00:00:00Z is over',
    ],
    [
      'two must have signed it by now',
      async (test) => {
        await push(test, 3)
        const change = (content: BundleContent) => ({
          ...content,
          signatures: { required: 2, signers: [] },
        })
        await push(test, 2, { change })
        await activate(test, 2)
      },
      {},
      'Have it signed first, by `policy sign --add small@3` with the key of somebody else. It wants 2 signatures and bears 1 that counts (ann)',
    ],
    [
      'it is to be shadow and active',
      (test) => push(test, 3),
      { percent: 100, shadow: true },
      'Leave shadow out, or choose a percent below 100: beside what serves all of them nothing is left to compare',
    ],
    [
      'the share is none',
      (test) => push(test, 3),
      { percent: 101 },
      'Give a percent from 0 to 100: got 101',
    ],
  ]

  it.each(hindered)('is refused while %s', async (_, prepare, how, message) => {
    const test = await open()
    await prepare(test)
    const before = await test.state()
    expect(await activate(test, 3, how)).toEqual(conflict(message))
    expect(await test.state()).toEqual(before)
  })

  it('is refused once its signer is no longer trusted', async () => {
    const database = openSqlite({ path: ':memory:' })
    const before = await createTestControl({ database, signers: [ann], builtIn: [builtIn] })
    await push(before, 3)
    const after = await createTestControl({ database, signers: [ben], builtIn: [builtIn] })
    expect(await activate(after, 3)).toEqual(
      conflict(
        'Have it signed first, by `policy sign --add small@3` with the key of somebody else. It wants 1 signature and bears none that counts. Take the signature of ann off, or have somebody else sign: POLICY_SIGNERS holds no key of that name now; it counted last on revision 3, of 2026-06-01',
      ),
    )
  })

  it('of a policy that serves nothing yet is for everyone', async () => {
    const test = await open([ann], [])
    await push(test, 1)
    expect(await activate(test, 1, { percent: 5 })).toEqual(
      conflict(
        'Activate it for everyone, at 100 %: nothing of small serves yet that could serve the others, and only who asks for small gets it. Then give it callers of another policy, in steps: policy move OTHER small --percent 5',
      ),
    )
    expect(await activate(test, 1, { expected: 4 })).toEqual(
      conflict('Expect version 0: nothing of this policy serves yet, and 4 was expected'),
    )
    expect(await activate(test, 1, { expected: 0 })).toMatchObject({ value: { version: 1 } })
  })

  it('is refused with the state as it is, where the caller knows another', async () => {
    const test = await open()
    await push(test, 3)
    expect(await activate(test, 3, { expected: 1 })).toEqual({
      ok: false,
      failure: { reason: 'stale', current: await test.state() },
    })
    expect(await activate(test, 3, { expected: 0 })).toMatchObject({ ok: true })
  })
})

describe('a halt', () => {
  it('takes the staged revision back, and lets another be staged', async () => {
    const test = await open()
    await push(test, 3)
    const digest = await push(test, 4)
    await activate(test, 3, { percent: 5, shadow: true })
    expect(await halt(test)).toMatchObject({
      ok: true,
      value: { action: 'halt', version: 2, active: 0, candidate: null, percent: 0, shadow: false },
    })
    expect((await test.entries()).at(-1)).toMatchObject({
      action: 'policy.halt',
      details: { from: { candidate: 3 }, to: { candidate: null } },
    })
    expect(await activate(test, 4, { percent: 5 })).toMatchObject({
      value: { candidate: 4, candidateDigest: digest },
    })
  })

  it('says why, where the gateway did it', async () => {
    const test = await open()
    await push(test, 3)
    await activate(test, 3, { percent: 5 })
    const reason = 'refusal_rate'
    const halted = await test.control.halt({ policy: 'small', expected: 1, reason }, 'gateway')
    expect(halted).toMatchObject({ value: { reason, changedBy: 'gateway' } })
  })

  it('is refused while nothing is staged', async () => {
    expect(await halt(await open())).toEqual(
      conflict(
        'Halt nothing: no revision is staged, and no caller is moved. To take back what serves, roll back',
      ),
    )
  })

  it('is refused where the caller knows another state, and for no policy', async () => {
    const test = await open()
    expect(await halt(test, 7)).toMatchObject({ failure: { reason: 'stale' } })
    expect(await halt(await open([ann], []))).toEqual({
      ok: false,
      failure: { reason: 'not_found', message: 'There is no policy small' },
    })
  })
})

describe('a rollback', () => {
  const started = async () => {
    const test = await open()
    const first = await reworded(builtIn, 1)
    await push(test, 1)
    await activate(test, 1)
    await push(test, 2)
    await activate(test, 2)
    return { test, first }
  }

  it('makes the old digest serve everyone under a new number', async () => {
    const { test, first } = await started()
    expect(await rollback(test, { bundle: first, number: 3 })).toMatchObject({
      ok: true,
      value: { action: 'rollback', version: 3, active: 3, activeDigest: first.digest },
    })
    expect(await test.control.bundle('small', 3)).toEqual({ ...first, revision: 3 })
    expect(await test.control.revision('small', 3)).toMatchObject({
      digest: first.digest,
      report: { signers: ['ann'], selection: { cases: [{ id: 'tea-1', outcome: 'passed' }] } },
    })
    expect((await test.entries()).at(-1)).toMatchObject({
      action: 'policy.rollback',
      details: { from: { active: 2 }, to: { active: 3, activeDigest: first.digest } },
    })
    expect(test.changes.count).toBe(3)
  })

  it('goes back to what is built in', async () => {
    const { test } = await started()
    expect(
      await rollback(test, { bundle: builtIn, number: 3, tests: ['never sent'] }),
    ).toMatchObject({
      ok: true,
      value: { active: 3, activeDigest: builtIn.digest },
    })
    expect(await test.control.bundle('small', 3)).toEqual({ ...builtIn, revision: 3 })
    expect(await test.control.tests('small', 3)).toBeNull()
  })

  it('drops what is staged', async () => {
    const { test, first } = await started()
    await push(test, 3)
    await activate(test, 3, { percent: 5 })
    expect(await rollback(test, { bundle: first, number: 4 })).toMatchObject({
      value: { active: 4, candidate: null, candidateDigest: null, percent: 0 },
    })
  })

  it('takes a revision that was pushed before', async () => {
    const { test, first } = await started()
    await push(test, 3, { bundle: first })
    expect(await rollback(test, { bundle: first, number: 3 })).toMatchObject({
      value: { action: 'rollback', active: 3, activeDigest: first.digest },
    })
  })

  it('counts what was kept together with what is sent', async () => {
    const test = await open()
    const first = await reworded(builtIn, 1)
    await push(test, 1)
    await activate(test, 1)
    await push(test, 3, { bundle: first })
    await push(test, 2, {
      change: (content) => ({ ...content, signatures: { required: 2, signers: [] } }),
    })
    await activate(test, 2)
    const before = await test.state()
    const back = { policy: 'small', expected: null }
    const alone = await signedEnvelope({ signers: [ann], tests, bundle: first, number: 3 })
    expect(await test.control.rollback({ ...back, jws: alone }, 'admin:ben')).toEqual(
      conflict(
        'Have it signed first, by `policy sign --add small@3` with the key of somebody else. It wants 2 signatures and bears 1 that counts (ann)',
      ),
    )
    expect(await test.state()).toEqual(before)
    const other = await signedEnvelope({ signers: [ben], tests, bundle: first, number: 3 })
    expect(await test.control.rollback({ ...back, jws: other }, 'admin:ben')).toMatchObject({
      ok: true,
      value: { action: 'rollback', active: 3, activeDigest: first.digest },
    })
    expect((await test.control.revision('small', 3))?.report.signers).toEqual(['ann', 'ben'])
  })

  it('by too few is refused, and says whose signatures it bears', async () => {
    const { test, first } = await started()
    await push(test, 3, {
      change: (content) => ({ ...content, signatures: { required: 2, signers: [] } }),
    })
    await activate(test, 3)
    expect(await rollback(test, { bundle: first, number: 4 })).toMatchObject({
      failure: {
        reason: 'rejected',
        problems: [
          {
            code: 'signatures_missing',
            message:
              'It wants 2 signatures and bears 1 that counts (ann). Have it signed by somebody else first, and send it again',
          },
        ],
      },
    })
  })

  it('is refused a second time', async () => {
    const { test, first } = await started()
    await rollback(test, { bundle: first, number: 3 })
    await push(test, 4)
    await activate(test, 4)
    const before = await test.state()
    expect(await rollback(test, { bundle: first, number: 3 })).toMatchObject({
      ok: false,
      failure: { reason: 'rejected', problems: [{ code: 'number_replayed' }] },
    })
    expect(await test.state()).toEqual(before)
  })

  it.each([
    [
      'to what never served',
      { number: 4 },
      'never_served',
      'Push and activate it: only what served before can be rolled back to',
    ],
    [
      'under the number of another',
      { number: 3 },
      'number_taken',
      'Sign it under a number of its own: admin:ann pushed another revision as 3',
    ],
    [
      'that is over',
      { number: 4, payload: { expires: '2026-01-01T00:00:00Z' } },
      'expired',
      'Sign it again with a later end: 2026-01-01T00:00:00Z is over',
    ],
  ])('%s is refused', async (_, options, code, message) => {
    const { test } = await started()
    await push(test, 3)
    const before = await test.state()
    const bundle = await reworded(builtIn, 4)
    const rolled = await rollback(test, { bundle, ...options })
    expect(rolled).toMatchObject({
      ok: false,
      failure: { reason: 'rejected', problems: [{ code, message }] },
    })
    expect(await test.state()).toEqual(before)
    expect(await test.control.rejections('small', { before: null, limit: 9 })).toHaveLength(1)
  })

  it('is not barred by what its golden cases say today', async () => {
    const { test } = await started()
    const failing = (content: BundleContent) => ({
      ...content,
      precedence: [],
      title: 'Refused today',
    })
    const old = await revise(builtIn, failing)
    const { store } = test
    const admitted = await test.control.revision('small', 1)
    const state = await test.state()
    if (!admitted) throw new Error('Revision 1 is not there')
    await store.admit(
      { ...admitted, number: 3, digest: old.digest },
      {
        bundle: JSON.parse(JSON.stringify({ ...old, digest: undefined, revision: undefined })),
        tests,
      },
      { actor: 'a', action: 'policy.push', policy: 'small', tenant: null, details: {} },
    )
    await store.change(
      { ...state, version: 3, active: 3, activeDigest: old.digest },
      { actor: 'a', action: 'policy.activate', policy: 'small', tenant: null, details: {} },
    )
    expect(await rollback(test, { bundle: old, number: 4 })).toMatchObject({
      value: { active: 4, activeDigest: old.digest },
    })
    const record = await test.control.revision('small', 4)
    expect(record?.report.warnings).toEqual(['policy.yaml: Place the section in precedence: TEA'])
  })

  it('waits for its time', async () => {
    const { test, first } = await started()
    const payload = { notBefore: '2026-06-02T00:00:00Z' }
    expect(await rollback(test, { bundle: first, number: 3, payload })).toEqual(
      conflict('Wait until 2026-06-02T00:00:00Z, or sign it with a time that has come'),
    )
  })

  it('is refused where the caller knows another state', async () => {
    const { test, first } = await started()
    expect(await rollback(test, { bundle: first, number: 3, expected: 1 })).toMatchObject({
      failure: { reason: 'stale', current: { version: 2 } },
    })
  })
})

describe('what serves and cannot be read', () => {
  it('bars whatever needs its word on who must sign, and says what to mend', async () => {
    const test = await open()
    await push(test, 1)
    await activate(test, 1)
    await push(test, 10)
    const lost = { ...(await test.state()), version: 2, active: 9, activeDigest: 'f'.repeat(64) }
    const event = { actor: 'eve', action: 'test', policy: 'small', tenant: null, details: {} }
    await test.store.change(lost, event)
    const refused = conflict(
      'Restore revision 9 of small first: it serves and cannot be read, so that nobody can tell who must sign what follows it',
    )
    const bundle = await reworded(builtIn, 1)
    expect(await rollback(test, { bundle, number: 11 })).toEqual(refused)
    expect(await activate(test, 10)).toEqual(refused)
    expect(await test.state()).toEqual(lost)
  })
})

describe('what is there', () => {
  it('includes what is built in, in version 0', async () => {
    const { bundle: other } = { bundle: await revise(builtIn, (one) => ({ ...one, id: 'aaa' })) }
    const test = await open([ann], [builtIn, other])
    await push(test, 1)
    await activate(test, 1)
    expect(await test.control.states()).toMatchObject([
      { policy: 'aaa', version: 0, active: 0, activeDigest: other.digest, changedBy: 'gateway' },
      { policy: 'small', version: 1 },
    ])
    expect(await test.control.bundle('aaa', 0)).toEqual(other)
    expect(await test.control.bundle('none', 0)).toBeNull()
    expect(await test.control.bundle('small', 9)).toBeNull()
  })

  it('follows what is built in, while only a stage was changed', async () => {
    const database = openSqlite({ path: ':memory:' })
    const before = await createTestControl({ database, signers: [ann], builtIn: [builtIn] })
    await push(before, 1)
    await activate(before, 1, { percent: 5 })
    const next = await reworded(builtIn, 9)
    const after = await createTestControl({ database, signers: [ann], builtIn: [next] })
    expect(await after.state()).toMatchObject({ active: 0, activeDigest: next.digest })
  })
})

/** Numbers that only look random, so that a failure can be run again. */
function createDice(seed: number) {
  let state = seed
  return (sides: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >>> 8) % sides
  }
}

describe('the committed number', () => {
  it.each(Array.from({ length: 12 }, (_, seed) => seed + 1))(
    'never goes down, whatever is done in whatever order (seed %i)',
    async (seed) => {
      const test = await open()
      const roll = createDice(seed)
      const texts = await Promise.all([1, 2, 3].map((text) => reworded(builtIn, text)))
      const bundleAt = (index: number) => texts[index] ?? builtIn
      let done = 0
      for (let step = 0; step < 40; step++) {
        const before = await test.state()
        const number = Math.max(1, before.active + roll(5) - 1)
        const action = roll(4)
        const changed =
          action === 0
            ? await test.control.push(
                'small',
                await signed(number, { bundle: bundleAt(roll(4)) }),
                'admin:ann',
              )
            : action === 1
              ? await activate(test, number, { percent: [0, 50, 100][roll(3)] ?? 0 })
              : action === 2
                ? await halt(test)
                : await rollback(test, { bundle: bundleAt(roll(4)), number })
        const after = await test.state()
        if (changed.ok) done++
        else expect(after).toEqual(before)
        expect(after.active).toBeGreaterThanOrEqual(before.active)
        expect(after.version - before.version).toBeLessThanOrEqual(1)
        expect(after.candidate ?? Number.POSITIVE_INFINITY).toBeGreaterThan(after.active)
        if (after.activeDigest !== before.activeDigest) {
          expect(after.active).toBeGreaterThan(before.active)
        }
      }
      expect(done).toBeGreaterThan(5)
      const history = await test.control.history('small', { before: null, limit: 100 })
      const committed = history.map(({ active }) => active)
      expect(committed).toEqual(committed.toSorted((a, b) => b - a))
    },
  )
})
