import { beforeEach, describe, expect, it } from 'vitest'
import type { Caller } from '../../../../src/policy/repository.ts'
import type { Bundle } from '../../../../src/policy/section.ts'
import type { Move } from '../../../../src/revisions/registry.ts'
import { createCaller } from '../../../fakes/caller.ts'
import { revise, reworded } from '../../../fakes/revisions.ts'
import { memoryCopies } from '../../../fakes/storage.ts'
import { gardenBundle } from '../../policy/garden.ts'
import { createInstance, createRegistry, type LiveInstance, type Registry } from '../live.ts'

const defer = () => {}
const CALLERS = 10_000

let registry: Registry
let garden: Bundle
let shed: Bundle
let instance: LiveInstance

beforeEach(async () => {
  registry = await createRegistry()
  garden = await gardenBundle()
  shed = await revise(garden, (content) => ({ ...content, id: 'shed', mode: 'shadow' }))
  instance = createInstance(registry, { builtIn: [garden, shed] })
  await instance.open(defer)
})

const move = async (how: Partial<Move>) => {
  const asked = { to: 'shed', percent: 100, shadow: false, callers: null, ...how }
  await registry.change({
    policy: 'garden',
    activeDigest: garden.digest,
    action: 'move',
    move: asked,
  })
  await instance.refresh()
}
const pin = async (caller: Caller = createCaller(), one = instance, digestPrefix?: string) =>
  one.pin({ id: 'garden', digestPrefix: digestPrefix ?? null }, caller, defer)
const users = Array.from({ length: CALLERS }, (_, index) => createCaller({ user: `user ${index}` }))
const movedOf = async (callers: readonly Caller[]) => {
  const pins = await Promise.all(callers.map((caller) => pin(caller)))
  return pins.map((pinned) => pinned?.bundle.id === 'shed')
}
const count = (moved: readonly boolean[]) => moved.filter(Boolean).length

describe('callers that are moved to another policy', () => {
  it('are as many of ten thousand as chance would take, and the same ones as the share grows', async () => {
    let before: readonly boolean[] = users.map(() => false)
    for (const percent of [1, 5, 20, 50]) {
      await move({ percent })
      const now = await movedOf(users)
      const share = percent / 100
      const bound = 4 * Math.sqrt(CALLERS * share * (1 - share))
      expect(Math.abs(count(now) - CALLERS * share)).toBeLessThan(bound)
      expect(before.some((moved, index) => moved && !now[index])).toBe(false)
      before = now
    }
  })

  it('are others of each of two policies that are moved at once', async () => {
    const kitchen = await revise(garden, (content) => ({ ...content, id: 'kitchen' }))
    instance = createInstance(registry, { builtIn: [garden, shed, kitchen] })
    await instance.open(defer)
    const to = { to: 'shed', percent: 20, shadow: false, callers: null }
    await registry.change({ policy: 'kitchen', activeDigest: kitchen.digest, move: to })
    await move({ percent: 20 })
    const others = await Promise.all(
      users.map(
        async (caller) => (await instance.pin({ id: 'kitchen' }, caller, defer))?.bundle.id,
      ),
    )
    const own = await movedOf(users)
    const both = own.filter((moved, index) => moved && others[index] === 'shed')
    // Four standard deviations about a twenty-fifth.
    expect(Math.abs(both.length - CALLERS / 25)).toBeLessThan(4 * Math.sqrt(CALLERS * 0.04 * 0.96))
  })

  it('are told apart by what the other policy says', async () => {
    shed = await revise(garden, (content) => ({
      ...content,
      id: 'shed',
      rollout: { percent: 100, shadow: false, unit: 'app' },
    }))
    instance = createInstance(registry, { builtIn: [garden, shed] })
    await instance.open(defer)
    await move({ percent: 50 })
    expect(new Set(await movedOf(users.slice(0, 100))).size).toBe(1)
  })

  it('get its bundle, with a cohort that says from where, and no weaker mode', async () => {
    await move({})
    expect(await pin()).toEqual({
      bundle: shed,
      candidate: null,
      leastMode: 'enforce',
      cohort: {
        move: { from: 'garden', to: 'shed' },
        candidate: { digest: shed.digest, revision: 0 },
        percent: 100,
        bucket: null,
        unit: null,
        served: 'candidate',
        version: 1,
      },
    })
  })

  it('take part in its own rollout, and count for both', async () => {
    const next = await reworded(shed, 1)
    await registry.admit(next, 1)
    await registry.change({
      policy: 'shed',
      activeDigest: shed.digest,
      candidate: 1,
      candidateDigest: next.digest,
      percent: 100,
      callers: { tenants: null, apps: ['chat'] },
    })
    await move({})
    const pinned = await pin()
    expect([pinned?.bundle.digest, pinned?.cohort]).toMatchObject([
      next.digest,
      { version: 1, served: 'candidate', through: { move: { from: 'garden', to: 'shed' } } },
    ])
    expect(pinned?.cohort?.move).toBeUndefined()
  })

  it('are only those whom the move is for', async () => {
    await move({ callers: { tenants: ['acme'], apps: ['chat', 'search'] } })
    const callers = [
      createCaller(),
      createCaller({ app: 'search' }),
      createCaller({ app: 'other' }),
      createCaller({ tenant: 'beta' }),
    ]
    expect(await movedOf(callers)).toEqual([true, true, false, false])
    expect((await pin(callers[2]))?.cohort).toBeNull()
  })

  it('stay where they name a digest', async () => {
    await move({})
    expect((await pin(createCaller(), instance, garden.digest))?.bundle).toBe(garden)
  })

  it('stay where the other policy does not serve', async () => {
    await move({ to: 'nowhere' })
    expect(await pin()).toEqual({ bundle: garden, cohort: null, candidate: null })
  })

  it('are not moved on by a move of the other policy', async () => {
    await registry.change({
      policy: 'shed',
      activeDigest: shed.digest,
      move: { to: 'garden', percent: 100, shadow: false, callers: null },
    })
    await move({})
    expect((await pin())?.bundle).toBe(shed)
  })

  it('stay, and have the other run beside, in a shadow', async () => {
    await move({ percent: 0, shadow: true })
    expect(await pin()).toMatchObject({
      bundle: garden,
      candidate: shed,
      cohort: { served: 'active', bucket: null, move: { from: 'garden', to: 'shed' } },
    })
  })

  it('are the same after a start without the database, and told of in the status', async () => {
    const kept = memoryCopies()
    instance = createInstance(registry, { builtIn: [garden, shed], kept })
    await instance.open(defer)
    await move({ percent: 30 })
    const before = await movedOf(users.slice(0, 200))
    registry.outage = 'gone'
    instance = createInstance(registry, { builtIn: [garden, shed], kept })
    await instance.open(defer)
    expect(await movedOf(users.slice(0, 200))).toEqual(before)
    expect(instance.status().find(({ id }) => id === 'garden')).toMatchObject({
      state: 'cached',
      move: { to: 'shed', percent: 30, shadow: false },
    })
  })
})

describe('a staged revision for some callers', () => {
  it('is for the others as if it were not there', async () => {
    const next = await reworded(garden, 1)
    await registry.admit(next, 1)
    await registry.change({
      policy: 'garden',
      activeDigest: garden.digest,
      candidate: 1,
      candidateDigest: next.digest,
      percent: 100,
      callers: { tenants: ['acme'], apps: null },
    })
    await instance.refresh()
    const [own, other] = await Promise.all([pin(), pin(createCaller({ tenant: 'beta' }))])
    expect([own?.bundle.digest, own?.cohort?.served]).toEqual([next.digest, 'candidate'])
    expect(other).toEqual({ bundle: garden, cohort: null, candidate: null })
  })
})
