import { beforeEach, describe, expect, it } from 'vitest'
import { openSqlite } from '../../../../src/database/sqlite.node.ts'
import type { Bundle } from '../../../../src/policy/section.ts'
import type { Activation, MoveRequest } from '../../../../src/revisions/control/control.ts'
import {
  createSigner,
  revise,
  reworded,
  type Signer,
  signedEnvelope,
  signedRevision,
  smallPolicy,
} from '../../../fakes/revisions.ts'
import { createTestControl, type TestControl } from '../control.ts'

const ann = await createSigner('ann')
const ben = await createSigner('ben')
const { bundle: small, tests } = await smallPolicy()
const named = (id: string) => revise(small, (content) => ({ ...content, id }))
const [large, third] = [await named('large'), await named('third')]

let test: TestControl
beforeEach(async () => {
  test = await createTestControl({
    database: openSqlite({ path: ':memory:' }),
    signers: [ann],
    builtIn: [small, large, third],
  })
})

const ask: MoveRequest = {
  policy: 'small',
  to: 'large',
  percent: 5,
  shadow: false,
  callers: null,
  expected: null,
}
const move = (how: Partial<MoveRequest> = {}) => test.control.move({ ...ask, ...how }, 'admin:ben')
const halt = (policy = 'small') =>
  test.control.halt({ policy, expected: null, reason: null }, 'admin:ben')
const push = async (number: number) => {
  const bundle = await reworded(small, number)
  await test.control.push(
    'small',
    await signedRevision({ signers: [ann], bundle, tests, number }),
    'a',
  )
}
const activate = (revision: number, how: Partial<Activation> = {}) =>
  test.control.activate(
    { policy: 'small', revision, percent: null, shadow: null, expected: null, ...how },
    'admin:ben',
  )
const stateOf = async (policy = 'small') =>
  (await test.control.states()).find((state) => state.policy === policy)
const conflict = (message: string) => ({ ok: false, failure: { reason: 'conflict', message } })

describe('a move', () => {
  it('is a change of the policy that callers ask for, and of no other', async () => {
    const moved = { to: 'large', percent: 5, shadow: false, callers: null }
    expect(await move()).toMatchObject({
      ok: true,
      value: {
        policy: 'small',
        version: 1,
        action: 'move',
        active: 0,
        candidate: null,
        move: moved,
      },
    })
    expect([(await stateOf())?.move, (await stateOf('large'))?.version]).toEqual([moved, 0])
  })

  it('is in the audit log with both policies and the tenants that it names', async () => {
    const callers = { tenants: ['acme'], apps: ['chat'] }
    await move({ callers })
    await halt()
    expect(await test.entries()).toMatchObject([
      {
        action: 'policy.move',
        actor: 'admin:ben',
        policy: 'small',
        details: {
          move: { to: 'large', percent: 5, callers },
          policies: ['small', 'large'],
          tenants: ['acme'],
        },
      },
      { action: 'policy.halt', details: { policies: ['small', 'large'], tenants: ['acme'] } },
    ])
  })

  it('goes on in steps, and stays at 100 %', async () => {
    for (const percent of [5, 50, 100]) await move({ percent })
    expect(await stateOf()).toMatchObject({ version: 3, active: 0, move: { percent: 100 } })
  })

  it('of two policies to one is two moves', async () => {
    await move()
    expect(await move({ policy: 'third' })).toMatchObject({ ok: true })
    await halt('third')
    expect([(await stateOf())?.move?.to, (await stateOf('third'))?.move]).toEqual(['large', null])
  })

  it('is ended by a halt', async () => {
    await move()
    await halt()
    expect(await stateOf()).toMatchObject({ version: 2, action: 'halt', move: null })
  })

  it('outlives what serves: an activation for everyone, and a rollback', async () => {
    await move()
    await push(1)
    await activate(1)
    expect(await stateOf()).toMatchObject({ active: 1, move: { to: 'large' } })
    const jws = await signedEnvelope({ signers: [ann], bundle: small, tests, number: 2 })
    await test.control.rollback({ policy: 'small', jws, expected: null }, 'admin:ben')
    expect(await stateOf()).toMatchObject({ active: 2, move: { to: 'large' } })
  })

  it.each<[string, () => Promise<unknown>, Partial<MoveRequest>, string]>([
    [
      'to the policy itself',
      async () => {},
      { to: 'small' },
      'Name another policy to move to: the callers of small are there already. For a new revision of it, activate that',
    ],
    [
      'to a policy of which nothing serves',
      async () => {},
      { to: 'none' },
      'Activate a revision of none first, at 100 %: nothing of it serves yet',
    ],
    [
      'without a share',
      async () => {},
      { percent: null },
      'Give the share of callers to move, as a percent',
    ],
    ['of more than all', async () => {}, { percent: 101 }, 'Give a percent from 0 to 100: got 101'],
    [
      'of all with a shadow',
      async () => {},
      { percent: 100, shadow: true },
      'Leave shadow out, or choose a percent below 100: beside what serves all of them nothing is left to compare',
    ],
    [
      'while a revision is staged',
      async () => {
        await push(1)
        await activate(1, { percent: 5 })
      },
      {},
      'Halt revision 1 of small first: it is staged',
    ],
    [
      'while callers are moved elsewhere',
      () => move({ to: 'third' }),
      {},
      'Halt the move first: callers of small are being moved already (policy list small)',
    ],
    [
      'to a policy whose callers are moved on',
      () => move({ policy: 'large', to: 'third' }),
      {},
      'Move to where callers of large are being moved (policy list large)',
    ],
    [
      'from a policy that others are moved to',
      () => move({ policy: 'third', to: 'small' }),
      {},
      'Halt the move to small first, and move its callers to large: callers of another policy are being moved to small',
    ],
  ])('%s is refused', async (_, prepare, how, message) => {
    await prepare()
    const before = await stateOf()
    expect(await move(how)).toEqual(conflict(message))
    expect(await stateOf()).toEqual(before)
  })

  it('of a policy that is not there is not found', async () => {
    expect(await move({ policy: 'none' })).toEqual({
      ok: false,
      failure: { reason: 'not_found', message: 'There is no policy none' },
    })
  })

  it('that is meant for another state tells who was quicker', async () => {
    await move()
    expect(await move({ expected: 0 })).toMatchObject({
      ok: false,
      failure: { reason: 'stale', current: { version: 1, action: 'move' } },
    })
  })

  it('stands before a revision that is to be staged', async () => {
    await move()
    await push(1)
    expect(await activate(1, { percent: 5 })).toEqual(
      conflict(
        'Halt the move first, or activate it for everyone: callers of small are being moved',
      ),
    )
  })
})

describe('an activation for some callers', () => {
  const callers = { tenants: null, apps: ['chat'] }

  it('is staged at 100 %, and committed only for everyone', async () => {
    await push(1)
    await activate(1, { percent: 100, callers })
    expect(await stateOf()).toMatchObject({
      action: 'stage',
      active: 0,
      candidate: 1,
      percent: 100,
      callers,
    })
    await activate(1, { percent: 100 })
    expect(await stateOf()).toMatchObject({ action: 'activate', active: 1, callers: null })
  })

  it('leaves none of them behind once it is halted', async () => {
    await push(1)
    await activate(1, { percent: 20, callers })
    await halt()
    expect(await stateOf()).toMatchObject({ candidate: null, callers: null })
  })
})

describe('a policy that asks for two signatures', () => {
  const texts = (id: string, number: number, required: number) =>
    revise(small, (content) => ({
      ...content,
      id,
      title: `Text ${number} of ${id}`,
      signatures: { required, signers: [] },
    }))
  /** Signed and pushed under a number, and activated. */
  const serve = async (
    bundle: Bundle,
    number: number,
    signers: readonly Signer[],
    percent = 100,
  ) => {
    const revision = { signers, bundle, tests, number }
    const pushed = await test.control.push(bundle.id, await signedRevision(revision), 'a')
    if (!pushed.ok) throw new Error(JSON.stringify(pushed.failure))
    const asked = { policy: bundle.id, revision: number, percent, shadow: null, expected: null }
    return test.control.activate(asked, 'admin:ben')
  }
  const halted =
    'Halt the move to other first, or have this signed by as many as the policy asks for whose callers come. It wants 2 signatures and bears 1 that counts (ann)'

  beforeEach(async () => {
    test = await createTestControl({
      database: openSqlite({ path: ':memory:' }),
      signers: [ann, ben],
      builtIn: [small, large],
    })
    await serve(await texts('small', 1, 2), 1, [ann])
  })

  /** One person's text serves first, then one of two people, and callers are moved to it. */
  const moved = async () => {
    await serve(await texts('other', 1, 1), 1, [ann])
    await serve(await texts('other', 2, 1), 2, [ann, ben])
    expect(await move({ to: 'other' })).toMatchObject({ ok: true })
  }

  it('gives its callers no text of another that one person has signed, staged or active', async () => {
    await serve(await texts('other', 1, 1), 1, [ann])
    expect(await move({ to: 'other' })).toEqual(
      conflict(
        'Have revision 1 of other signed first, by `policy sign --add other@1`: small asks for 2 signatures on what its callers get',
      ),
    )
    await serve(await texts('other', 2, 1), 2, [ann, ben])
    await serve(await texts('other', 3, 1), 3, [ann], 5)
    expect(await move({ to: 'other' })).toMatchObject({
      failure: { message: expect.stringContaining('Have revision 3 of other signed first') },
    })
  })

  it('gives them what a second person has signed since it serves, and what is built in', async () => {
    const bundle = await texts('other', 1, 1)
    await serve(bundle, 1, [ann])
    const jws = await signedEnvelope({ signers: [ben], bundle, tests, number: 1 })
    await test.control.push('other', { jws, bundle: null, tests: null, files: null }, 'admin:ben')
    expect(await move({ to: 'other' })).toMatchObject({ ok: true })
    await halt()
    expect(await move({ to: 'large' })).toMatchObject({ ok: true })
  })

  it.each([5, 100])('keeps what it asks for while they are there, at %d %%', async (percent) => {
    await moved()
    const alone = await texts('other', 3, 1)
    expect(await serve(alone, 3, [ann], percent)).toEqual(conflict(halted))
    expect(await serve(await texts('other', 4, 1), 4, [ann, ben], percent)).toMatchObject({
      ok: true,
    })
    await halt('other')
    await halt()
    expect(await serve(alone, 5, [ann], percent)).toMatchObject({ ok: true })
  })

  it.each(['rollback', 'stop'] as const)('is taken to no weaker text by a %s', async (way) => {
    await moved()
    const back = async (bundle: Bundle, number: number) => {
      const { activeDigest: supersedes = null } = (await stateOf('other')) ?? {}
      const said = { note: 'Why', supersedes, ...(way === 'stop' && { stop: true as const }) }
      const jws = await signedEnvelope({ signers: [ann], bundle, tests, number, payload: said })
      return test.control[way]({ policy: 'other', jws, expected: null }, 'admin:ann')
    }
    const [weak, strong] = [await texts('other', 1, 1), await texts('other', 2, 1)]
    expect(await back(weak, 3)).toEqual(conflict(halted))
    await serve(await texts('other', 4, 1), 4, [ann, ben])
    expect(await back(strong, 5)).toMatchObject({ ok: true, value: { active: 5 } })
  })
})
