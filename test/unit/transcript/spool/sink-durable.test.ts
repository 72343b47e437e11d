import { describe, expect, it } from 'vitest'
import { streamCompression } from '../../../../src/lib/compression.ts'
import { createDurableSink } from '../../../../src/transcript/spool/sink-durable.ts'
import { unpackEntry } from '../../../../src/transcript/store/entry.ts'
import { sampleTranscript } from '../../../fakes/deliberation.ts'
import { countingMetrics, fakeSpool, fakeStore } from '../../../fakes/storage.ts'

function build() {
  const store = fakeStore()
  const spool = fakeSpool()
  const metrics = countingMetrics()
  let time = 0
  const clock = { now: () => time, monotonic: () => time }
  const pass = (ms: number) => {
    time += ms
  }
  const base = { store, metrics, clock, compression: streamCompression, storeTimeoutMs: 20 }
  const sink = createDurableSink({ ...base, spool })
  return {
    store,
    spool,
    metrics,
    pass,
    sink,
    withoutSpool: createDurableSink({ ...base, spool: null }),
  }
}

const spooled = { ok: true, value: 'spooled' }
const orSpool = { onFailure: 'spool' } as const

describe('the durable sink', () => {
  it('writes to the store when it is there', async () => {
    const { sink, store, spool, metrics } = build()
    const transcript = sampleTranscript(1)
    expect(await sink.write(transcript, orSpool)).toEqual({ ok: true, value: 'stored' })
    expect([[...store.entries.keys()], spool.waiting, metrics.fates]).toEqual([
      [transcript.id],
      0,
      ['written'],
    ])
  })

  it.each(['unavailable', 'hanging'] as const)('spools when the store is %s', async (state) => {
    const { sink, store, spool, metrics } = build()
    store.state = state
    const transcript = sampleTranscript(1)
    expect(await sink.write(transcript, orSpool)).toEqual(spooled)
    expect(unpackEntry(spool.entries[0] ?? new Uint8Array())).toMatchObject({
      ok: true,
      value: { row: { id: transcript.id } },
    })
    expect(metrics.fates).toEqual(['spooled'])
  })

  it('spools what the store refuses', async () => {
    const { sink, store } = build()
    store.refused.add(sampleTranscript(1).id)
    expect(await sink.write(sampleTranscript(1), orSpool)).toEqual(spooled)
    expect(await sink.write(sampleTranscript(2), orSpool)).toEqual({ ok: true, value: 'stored' })
  })

  it('waits for a store that hangs once, and tries it again after a second', async () => {
    const { sink, store, pass } = build()
    store.state = 'hanging'
    for (const number of [1, 2, 3]) await sink.write(sampleTranscript(number), orSpool)
    expect(store.calls).toBe(1)
    pass(1_000)
    store.state = 'up'
    expect(await sink.write(sampleTranscript(4), orSpool)).toEqual({ ok: true, value: 'stored' })
  })

  it.each([
    ['the policy blocks', 'block', false, 'down; There is no spool'],
    ['the spool fails too', 'spool', true, 'down; disk full'],
  ] as const)('fails when %s', async (_, onFailure, broken, detail) => {
    const { sink, store, spool, metrics } = build()
    store.state = 'unavailable'
    spool.broken = broken
    expect(await sink.write(sampleTranscript(1), { onFailure })).toEqual({
      ok: false,
      failure: { reason: 'storage_unavailable', detail },
    })
    expect([spool.waiting, metrics.fates]).toEqual([0, ['dropped']])
  })

  it('where there is no spool asks the store every time', async () => {
    const { withoutSpool, store } = build()
    store.state = 'unavailable'
    await withoutSpool.write(sampleTranscript(1), orSpool)
    store.state = 'up'
    expect(await withoutSpool.write(sampleTranscript(2), orSpool)).toMatchObject({ ok: true })
  })
})
