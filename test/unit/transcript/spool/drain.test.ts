import { describe, expect, it } from 'vitest'
import { streamCompression } from '../../../../src/lib/compression.ts'
import { drainSpool, runDrainLoop } from '../../../../src/transcript/spool/drain.ts'
import { packEntry, toEntry } from '../../../../src/transcript/store/entry.ts'
import type { DrainableSpool } from '../../../../src/transcript/store/sink.ts'
import { sampleTranscript } from '../../../fakes/deliberation.ts'
import { countingMetrics, fakeSpool, fakeStore } from '../../../fakes/storage.ts'

/** A spool in memory that keeps the refused entries. */
async function build(numbers: readonly number[]) {
  const kept = fakeSpool()
  const refused: Uint8Array[] = []
  const spool: DrainableSpool = {
    get waiting() {
      return kept.entries.length
    },
    append: (entry) => kept.append(entry),
    async drain(take) {
      while (kept.entries.length > 0) {
        const some = kept.entries.slice(0, 2)
        const taken = await take(some)
        if (!taken.ok) return 'interrupted'
        refused.push(...taken.refused)
        kept.entries.splice(0, some.length)
      }
      return 'emptied'
    },
    close: () => Promise.resolve(),
  }
  for (const number of numbers) {
    await kept.append(packEntry(await toEntry(sampleTranscript(number), streamCompression)))
  }
  const store = fakeStore()
  const metrics = countingMetrics()
  return { spool, store, metrics, refused, options: { spool, store, metrics } }
}

describe('draining', () => {
  it('appends everything in order', async () => {
    const { options, store, metrics } = await build([3, 1, 2])
    expect(await drainSpool(options)).toBe('emptied')
    expect([...store.entries.keys()]).toEqual([3, 1, 2].map((n) => sampleTranscript(n).id))
    expect(metrics.fates).toEqual(['written', 'written', 'written'])
  })

  it('stops while the store is away and loses nothing', async () => {
    const { options, store, spool, metrics } = await build([1, 2, 3])
    store.state = 'unavailable'
    expect(await drainSpool(options)).toBe('interrupted')
    expect([spool.waiting, metrics.fates]).toEqual([3, []])
  })

  it('goes past an entry that the store refuses and one that cannot be read', async () => {
    const { options, store, spool, refused, metrics } = await build([1, 2])
    await spool.append(new TextEncoder().encode('not an entry'))
    store.refused.add(sampleTranscript(1).id)
    expect(await drainSpool(options)).toBe('emptied')
    expect([...store.entries.keys()]).toEqual([sampleTranscript(2).id])
    expect(refused).toHaveLength(2)
    expect(metrics.fates).toEqual(['written', 'dropped', 'dropped'])
  })
})

describe('the drain loop', () => {
  it('waits longer and longer while the store is away, and drains once it is back', async () => {
    const { options, store, spool } = await build([1])
    store.state = 'unavailable'
    const ending = new AbortController()
    const pauses: number[] = []
    await runDrainLoop({
      ...options,
      random: { hex: () => '', fraction: () => 1 },
      signal: ending.signal,
      report: () => {},
      pause: async (ms) => {
        pauses.push(ms)
        if (pauses.length === 8) store.state = 'up'
        if (pauses.length === 10) ending.abort()
      },
    })
    expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000, 500, 500])
    expect(spool.waiting).toBe(0)
  })

  it('reports a spool that breaks, and goes on', async () => {
    const { options } = await build([1])
    const ending = new AbortController()
    const reports: unknown[] = []
    const broken = new Error('EIO')
    await runDrainLoop({
      ...options,
      spool: { ...options.spool, waiting: 1, drain: () => Promise.reject(broken) },
      random: { hex: () => '', fraction: () => 1 },
      signal: ending.signal,
      report: (error) => reports.push(error),
      pause: async () => {
        if (reports.length === 2) ending.abort()
      },
    })
    expect(reports).toEqual([broken, broken])
  })
})
