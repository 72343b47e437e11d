import { expect, it } from 'vitest'
import {
  type RefreshLoop,
  startRefreshLoop,
} from '../../../../src/revisions/serving/refresh-loop.ts'

/** Looks and pauses that end when the test says so. */
function scripted(reached = true) {
  const looks: (() => void)[] = []
  const pauses: (() => void)[] = []
  const loop: RefreshLoop = startRefreshLoop({
    everyMs: 500,
    refresh: () => new Promise((resolve) => looks.push(() => resolve(reached))),
    pause: (_ms, signal) =>
      new Promise((resolve) => {
        pauses.push(resolve)
        signal.addEventListener('abort', () => resolve(), { once: true })
      }),
  })
  return { loop, looks, pauses }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

it('looks after each pause, and never twice at once', async () => {
  const { loop, looks, pauses } = scripted()
  expect([pauses.length, looks.length]).toEqual([1, 0])
  pauses[0]?.()
  await settled()
  expect([pauses.length, looks.length]).toEqual([1, 1])
  looks[0]?.()
  await settled()
  expect([pauses.length, looks.length]).toEqual([2, 1])
  await loop.close()
})

it('looks at once when poked, and once more when poked during a look, however often', async () => {
  const { loop, looks, pauses } = scripted()
  loop.poke()
  await settled()
  expect(looks.length).toBe(1)
  for (let times = 0; times < 5; times++) loop.poke()
  looks[0]?.()
  await settled()
  expect([pauses.length, looks.length]).toEqual([1, 2])
  looks[1]?.()
  await settled()
  expect([pauses.length, looks.length]).toEqual([2, 2])
  await loop.close()
})

it('says when the database was reached for the first time', async () => {
  const away = scripted(false)
  away.loop.poke()
  await settled()
  away.looks[0]?.()
  await settled()
  expect(await Promise.race([away.loop.reached, Promise.resolve('not yet')])).toBe('not yet')
  await away.loop.close()
  const near = scripted()
  near.loop.poke()
  await settled()
  near.looks[0]?.()
  await expect(near.loop.reached).resolves.toBeUndefined()
  await near.loop.close()
})

it('ends after the look that is under way', async () => {
  const { loop, looks } = scripted()
  loop.poke()
  await settled()
  const closed = loop.close()
  expect(await Promise.race([closed, settled().then(() => 'waits')])).toBe('waits')
  looks[0]?.()
  await closed
  expect(looks.length).toBe(1)
})
