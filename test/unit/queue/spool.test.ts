import { describe, expect, it } from 'vitest'
import { streamCompression } from '../../../src/lib/compression.ts'
import { sha256Hex } from '../../../src/lib/digest.ts'
import { consumeSpool, createQueueSpool } from '../../../src/queue/spool.ts'
import { packEntry, toEntry } from '../../../src/transcript/store/entry.ts'
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
  const delays: (number | undefined)[] = []
  const deliver = (attempts = 1) =>
    consumeSpool(
      sent.map(({ body }) => ({
        body,
        attempts,
        ack: () => ends.push('ack'),
        retry(options?: { delaySeconds?: number }) {
          ends.push('retry')
          delays.push(options?.delaySeconds)
        },
      })),
      { store, bucket, metrics },
    )
  return {
    bucket,
    sent,
    store,
    metrics,
    ends,
    delays,
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

  it.each([
    [1, 10],
    [2, 20],
    [9, 2_560],
    [10, 3_600],
    [100, 3_600],
  ])('retries while the store is away, after try %i in %i s', async (attempts, seconds) => {
    const { spool, store, ends, delays, deliver } = build()
    await spool.append(await packed(1))
    store.state = 'unavailable'
    await deliver(attempts)
    expect([store.entries.size, ends, delays]).toEqual([0, ['retry'], [seconds]])
  })

  it('keeps aside, whole and counted, what the store refuses for good', async () => {
    const { spool, store, ends, metrics, bucket, deliver } = build()
    const entry = await packed(1)
    await spool.append(entry)
    store.refused.add(sampleTranscript(1).id)
    await deliver()
    expect([ends, metrics.fates]).toEqual([['ack'], ['dropped']])
    const key = `aside/${await sha256Hex(entry)}`
    expect([...bucket.objects]).toEqual([[key, entry]])
  })

  it('retries what can be neither stored nor kept aside', async () => {
    const { spool, store, ends, metrics, bucket, deliver } = build()
    await spool.append(await packed(1))
    store.refused.add(sampleTranscript(1).id)
    bucket.put = () => Promise.reject(new Error('R2 is away'))
    await deliver()
    expect([ends, metrics.fates]).toEqual([['retry'], []])
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
