import { describe, expect, it } from 'vitest'
import { createBackground } from '../../../src/http/background.ts'

function build() {
  const gates = new Map<number, () => void>()
  const started: number[] = []
  const dropped: number[] = []
  const background = createBackground<number>({
    concurrency: 2,
    weightAtOnce: 101,
    room: 3,
    weigh: (job) => job,
    roomByWeight: 10,
    onDropped: (job) => dropped.push(job),
    run(job) {
      started.push(job)
      return new Promise((resolve) => gates.set(job, resolve))
    },
  })
  return { background, started, dropped, end: (job: number) => gates.get(job)?.() }
}

describe('background work', () => {
  it('runs so many at once, keeps so many waiting, drops and counts the rest', async () => {
    const { background, started, dropped, end } = build()
    for (const job of [50, 51, 1, 2, 3, 4]) background.add(job)
    expect([started, dropped]).toEqual([[50, 51], [4]])
    end(50)
    await expect.poll(() => started).toEqual([50, 51, 1])
  })

  it('keeps no more waiting than they may weigh together', async () => {
    const { background, started, dropped, end } = build()
    for (const job of [50, 51, 6, 5]) background.add(job)
    expect(dropped).toEqual([5])
    end(50)
    await expect.poll(() => started).toEqual([50, 51, 6])
    background.add(10)
    expect(dropped).toEqual([5])
  })

  it('runs no more at once than may weigh together, unless alone, and in order', async () => {
    const { background, started, dropped, end } = build()
    for (const job of [99, 3, 1]) background.add(job)
    expect([started, dropped]).toEqual([[99], []])
    end(99)
    await expect.poll(() => started).toEqual([99, 3, 1])
  })

  it('closes when what ran has ended, without what waited', async () => {
    const { background, started, dropped, end } = build()
    for (const job of [1, 2, 3]) background.add(job)
    let closed = false
    const closing = background.close().then(() => {
      closed = true
    })
    background.add(4)
    end(1)
    await Promise.resolve()
    expect([closed, dropped]).toEqual([false, [3, 4]])
    end(2)
    await closing
    expect(started).toEqual([1, 2])
  })

  it('closes at once when nothing was given', async () => {
    await expect(build().background.close()).resolves.toBeUndefined()
  })
})
