/** Where nothing runs between requests, requests look by themselves: rule 5 of the swap, on Workers. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { Pinned } from '../../../src/policy/repository.ts'
import type { Bundle } from '../../../src/policy/section.ts'
import { reworded } from '../../fakes/revisions.ts'
import { gardenBundle } from '../policy/garden.ts'
import { caller, createInstance, createRegistry, type LiveInstance, type Registry } from './live.ts'

let registry: Registry
let instance: LiveInstance
let texts: readonly [Bundle, Bundle]
let kept: Promise<unknown>[]

const pin = () => instance.pin({}, caller, (work) => kept.push(work))
const served = async () => (await pin())?.bundle.digest

beforeEach(async () => {
  registry = await createRegistry()
  const builtIn = await gardenBundle()
  texts = [await reworded(builtIn, 1), await reworded(builtIn, 2)]
  kept = []
  await registry.activate(texts[0], 1)
  instance = createInstance(registry, { builtIn: [builtIn], onDemand: true })
  await instance.open((work) => kept.push(work))
  registry.looks = 0
  await registry.activate(texts[1], 2)
})

describe('a request', () => {
  it('gets what is known at once while that is less than a second old', () => {
    registry.time += 999
    const pinned = pin() as Pinned
    expect(pinned.bundle.digest).toBe(texts[0].digest)
    expect(registry.looks).toBe(0)
  })

  it('looks by itself once it is older, and gets what it finds', async () => {
    registry.time += 1_000
    expect(await served()).toBe(texts[1].digest)
    expect(registry.looks).toBe(1)
    expect(await served()).toBe(texts[1].digest)
    expect(registry.looks).toBe(1)
  })

  it('shares its look with no other that comes at the same time', async () => {
    registry.time += 1_000
    const digests = await Promise.all(Array.from({ length: 5 }, served))
    expect(new Set(digests)).toEqual(new Set([texts[1].digest]))
    expect(registry.looks).toBe(5)
    expect(kept.length).toBeGreaterThanOrEqual(5)
  })

  it('waits no longer for a database that hangs, goes on with the last good one, and spares the others the wait', async () => {
    registry.time += 1_000
    registry.outage = 'hanging'
    expect(await served()).toBe(texts[0].digest)
    expect((pin() as Pinned).bundle.digest).toBe(texts[0].digest)
    expect(registry.looks).toBe(1)
    registry.outage = 'none'
    registry.time += 1_000
    expect(await served()).toBe(texts[1].digest)
  })

  it('leaves a look that was too slow to end behind it, for the next to find', async () => {
    let answer = () => {}
    const slow = createInstance(registry, {
      builtIn: [await gardenBundle()],
      onDemand: true,
      store: {
        ...registry.store,
        async states() {
          const states = await registry.store.states()
          if (registry.looks > 1) await new Promise<void>((resolve) => (answer = resolve))
          return states
        },
      },
    })
    await slow.open(() => {})
    const { digest } = await reworded(texts[1], 3)
    await registry.activate(await reworded(texts[1], 3), 3)
    registry.time += 1_000
    kept = []
    const first = await slow.pin({}, caller, (work) => kept.push(work))
    expect(first?.bundle.digest).toBe(texts[1].digest)
    answer()
    await Promise.all(kept)
    expect((slow.pin({}, caller, () => {}) as Pinned).bundle.digest).toBe(digest)
  })

  it('does not wait for a database that is gone, which is asked once a second', async () => {
    registry.time += 1_000
    registry.outage = 'gone'
    for (let request = 0; request < 3; request++) expect(await served()).toBe(texts[0].digest)
    expect(registry.looks).toBe(1)
    expect(instance.status()).toMatchObject([
      { state: 'cached', problem: 'database_unavailable', ageMs: 1_000 },
    ])
    registry.time += 1_000
    await served()
    expect(registry.looks).toBe(2)
  })
})
