import { describe, expect, it } from 'vitest'
import { streamCompression } from '../../../src/transcript/encode.ts'
import { packEntry, toEntry } from '../../../src/transcript/entry.ts'
import { consumeSpool, createQueueSpool } from '../../../src/transcript/queue-spool.ts'
import { sampleTranscript } from '../../fakes/deliberation.ts'
import { countingMetrics, fakeBucket, fakeStore } from '../../fakes/storage.ts'

type Sent = { readonly body: unknown; readonly contentType: string | undefined }

function build() {
  const bucket = fakeBucket()
  const sent: Sent[] = []
  const queue = {
    send: async (body: unknown, options?: { contentType?: string }) => {
      sent.push({ body, contentType: options?.contentType })
    },
  }
  const random = { hex: () => 'f'.repeat(32), fraction: () => 0 }
  const store = fakeStore()
  const metrics = countingMetrics()
  const ends: string[] = []
  const deliver = () =>
    consumeSpool(
      sent.map(({ body }) => ({
        body,
        ack: () => ends.push('ack'),
        retry: () => ends.push('retry'),
      })),
      { store, bucket, metrics },
    )
  return {
    bucket,
    sent,
    store,
    metrics,
    ends,
    deliver,
    spool: createQueueSpool({ queue, bucket, random }),
  }
}

const packed = async (number: number, text = '') => {
  const transcript = sampleTranscript(number, { request: { text } })
  return packEntry(await toEntry(transcript, streamCompression))
}

const noise = () => {
  const bytes = new Uint8Array(150_000)
  for (let at = 0; at < bytes.length; at += 50_000) {
    crypto.getRandomValues(bytes.subarray(at, at + 50_000))
  }
  return (
    String.fromCharCode(...bytes.subarray(0, 100_000)) +
    String.fromCharCode(...bytes.subarray(100_000))
  )
}

describe('the queue as a spool', () => {
  it('carries a usual transcript in the message itself', async () => {
    const { spool, sent, bucket, deliver, store, ends, metrics } = build()
    await spool.append(await packed(1))
    expect([sent[0]?.contentType, bucket.objects.size]).toEqual(['bytes', 0])
    await deliver()
    expect([[...store.entries.keys()], ends]).toEqual([[sampleTranscript(1).id], ['ack']])
    expect(metrics.fates).toEqual(['written'])
  })

  it('carries a large one by its key, and removes it once it is written', async () => {
    const { spool, sent, bucket, deliver, store, ends } = build()
    const large = await packed(1, noise())
    expect(large.length).toBeGreaterThan(128_000)
    await spool.append(large)
    expect(sent).toEqual([{ body: { key: `spool/${'f'.repeat(32)}` }, contentType: 'json' }])
    await deliver()
    expect([store.entries.size, ends, bucket.objects.size]).toEqual([1, ['ack'], 0])
  })

  it.each(['unavailable', 'refusing'])('retries while the store is %s', async (state) => {
    const { spool, store, ends, deliver } = build()
    await spool.append(await packed(1))
    if (state === 'refusing') store.refused.add(sampleTranscript(1).id)
    else store.state = 'unavailable'
    await deliver()
    expect([store.entries.size, ends]).toEqual([0, ['retry']])
  })

  it('retries alone the message whose object is missing', async () => {
    const { spool, sent, bucket, ends, deliver } = build()
    await spool.append(await packed(1, noise()))
    await spool.append(await packed(2))
    bucket.objects.clear()
    await deliver()
    expect([sent.length, ends]).toEqual([2, ['retry', 'ack']])
  })
})
