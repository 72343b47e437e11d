import { describe, expect, it } from 'vitest'
import { createBackground } from '../../../src/http/background.ts'

describe('background work', () => {
  it('runs so many at once, keeps so many waiting, drops and counts the rest', async () => {
    const gates = new Map<number, () => void>()
    const started: number[] = []
    let dropped = 0
    const background = createBackground<number>({
      concurrency: 2,
      room: 1,
      onDropped: () => dropped++,
      run(job) {
        started.push(job)
        return new Promise((resolve) => gates.set(job, resolve))
      },
    })
    for (const job of [1, 2, 3, 4, 5]) background.add(job)
    expect([started, dropped]).toEqual([[1, 2], 2])
    gates.get(1)?.()
    await expect.poll(() => started).toEqual([1, 2, 3])
    const idle = background.idle()
    gates.get(2)?.()
    gates.get(3)?.()
    await expect(idle).resolves.toBeUndefined()
  })

  it('is idle at once when nothing was given', async () => {
    const background = createBackground<number>({
      concurrency: 1,
      room: 1,
      onDropped() {},
      run: () => Promise.resolve(),
    })
    await expect(background.idle()).resolves.toBeUndefined()
  })
})
