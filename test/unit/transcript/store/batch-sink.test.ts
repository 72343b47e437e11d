import { describe, expect, it } from 'vitest'
import { streamCompression } from '../../../../src/lib/compression.ts'
import { createBatchSink } from '../../../../src/transcript/store/batch-sink.ts'
import { sampleTranscript, sampleTranscriptOptions } from '../../../fakes/deliberation.ts'
import { countingMetrics, fakeStore } from '../../../fakes/storage.ts'

const principal = { ...sampleTranscriptOptions.principal, consent: 'none' } as const
const row = (number: number) => sampleTranscript(number, { principal })

function build() {
  const store = fakeStore()
  const metrics = countingMetrics()
  const sink = createBatchSink({
    store,
    metrics,
    compression: streamCompression,
    room: 5,
    batchRows: 2,
  })
  return { store, metrics, sink }
}

describe('the batch sink', () => {
  it('writes what it was given, so many at a time', async () => {
    const { store, metrics, sink } = build()
    expect([1, 2, 3].map((number) => sink.add(row(number)))).toEqual([false, true, true])
    await sink.flush()
    expect([store.calls, store.entries.size, sink.waiting]).toEqual([2, 3, 0])
    expect(metrics.fates).toEqual(['written', 'written', 'written'])
  })

  it('keeps what the store did not take for the next time', async () => {
    const { store, sink } = build()
    store.state = 'unavailable'
    sink.add(row(1))
    await sink.flush()
    expect(sink.waiting).toBe(1)
    store.state = 'up'
    await sink.flush()
    expect([sink.waiting, store.entries.size]).toEqual([0, 1])
  })

  it('drops and counts what finds no room', async () => {
    const { metrics, sink } = build()
    for (let number = 1; number <= 7; number++) sink.add(row(number))
    expect([sink.waiting, metrics.fates]).toEqual([5, ['dropped', 'dropped']])
  })

  it('drops and counts the one row the store refuses', async () => {
    const { store, metrics, sink } = build()
    store.refused.add(row(1).id)
    sink.add(row(1))
    sink.add(row(2))
    await sink.flush()
    expect([[...store.entries.keys()], sink.waiting]).toEqual([[row(2).id], 0])
    expect(metrics.fates).toEqual(['dropped', 'written'])
  })

  it('goes on without the rows of a flush that never ends', async () => {
    const { store, sink } = build()
    store.state = 'hanging'
    sink.add(row(1))
    void sink.flush()
    await expect.poll(() => store.calls).toBe(1)
    store.state = 'up'
    sink.add(row(2))
    await sink.flush()
    expect([...store.entries.keys()]).toEqual([row(2).id])
  })

  it('counts the rows on their way among those that find room', async () => {
    const { store, metrics, sink } = build()
    store.state = 'hanging'
    for (let number = 1; number <= 4; number++) sink.add(row(number))
    void sink.flush()
    for (let number = 5; number <= 6; number++) sink.add(row(number))
    expect(metrics.fates).toEqual(['dropped'])
  })

  it('flushes once at a time', async () => {
    const { store, sink } = build()
    sink.add(row(1))
    await Promise.all([sink.flush(), sink.flush()])
    expect(store.calls).toBe(1)
  })
})
