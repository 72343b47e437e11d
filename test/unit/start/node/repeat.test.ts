import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { repeat } from '../../../../src/start/node/repeat.node.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('begins again and again, and not while the task still runs', async () => {
  const runs: PromiseWithResolvers<void>[] = []
  const repeating = repeat(1_000, () => {
    const run = Promise.withResolvers<void>()
    runs.push(run)
    return run.promise
  })
  await vi.advanceTimersByTimeAsync(3_000)
  expect(runs).toHaveLength(1)
  runs[0]?.resolve()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(runs).toHaveLength(2)
  runs[1]?.resolve()
  await repeating.stop()
})

it('stops once the task that runs has ended, and begins no other', async () => {
  let runs = 0
  const run = Promise.withResolvers<void>()
  const repeating = repeat(1_000, () => {
    runs++
    return run.promise
  })
  await vi.advanceTimersByTimeAsync(1_000)
  let isStopped = false
  const stopping = repeating.stop().then(() => {
    isStopped = true
  })
  await vi.advanceTimersByTimeAsync(5_000)
  expect([runs, isStopped]).toEqual([1, false])
  run.resolve()
  await stopping
  expect([runs, isStopped]).toEqual([1, true])
})
