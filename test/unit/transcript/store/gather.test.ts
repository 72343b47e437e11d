import { expect, it } from 'vitest'
import { createGather } from '../../../../src/transcript/store/gather.ts'

function build() {
  let nowMs = 0
  let flushes = 0
  const pauses: (() => void)[] = []
  const gather = createGather({
    flush: async () => {
      flushes++
    },
    clock: { now: () => 0, monotonic: () => nowMs },
    gatherMs: 200,
    pause: () => new Promise((resolve) => pauses.push(resolve)),
  })
  return {
    gather,
    pauses,
    flushes: () => flushes,
    pass: (ms: number) => {
      nowMs += ms
    },
  }
}

it('lets the first request of a moment write for all of it, once', async () => {
  const { gather, pauses, flushes, pass } = build()
  const work = gather()
  pass(199)
  expect(gather()).toBeNull()
  expect(flushes()).toBe(0)
  pauses[0]?.()
  await work
  expect(flushes()).toBe(1)
})

it('gathers anew when the moment is over, though the one before was never written', () => {
  const { gather, pass } = build()
  expect(gather()).not.toBeNull()
  pass(200)
  expect(gather()).not.toBeNull()
})
