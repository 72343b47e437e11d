import { describe, expect, it } from 'vitest'
import type { ShadowJob } from '../../../src/http/shadow.ts'
import { consumeShadows, sendShadow } from '../../../src/http/shadow-queue.ts'
import { createPrincipal } from '../../fakes/principal.ts'
import { countingMetrics, fakeBucket } from '../../fakes/storage.ts'

const jobOf = (body: string): ShadowJob => ({
  body,
  policy: { id: 'default', digest: 'd', candidate: null },
  exchange: {
    requestId: 'req_1',
    transcriptId: 'tr_1',
    principal: createPrincipal(),
    mode: 'shadow',
    session: null,
    cohort: null,
    time: 1,
    startedMs: 1,
  },
})

const bytesOf = (text: string) => new TextEncoder().encode(text)

function fakeBindings() {
  const sent: unknown[] = []
  const queue = { send: async (message: unknown) => sent.push(structuredClone(message)) }
  return { queue, bucket: fakeBucket(), metrics: countingMetrics(), sent }
}

describe('a shadow job', () => {
  it.each([
    ['small', 'x'.repeat(100), 0],
    ['larger than a message', 'é'.repeat(100_000), 1],
  ])('that is %s arrives as it was sent', async (_, body, parked) => {
    const { queue, bucket, metrics, sent } = fakeBindings()
    await sendShadow({ queue, bucket }, jobOf(body))
    expect([sent.length, bucket.objects.size]).toEqual([1, parked])
    const ran: ShadowJob[] = []
    let acknowledged = 0
    const message = { body: sent[0], attempts: 1, ack: () => acknowledged++, retry() {} }
    await consumeShadows([message], {
      bucket,
      metrics,
      runShadow: async (job) => void ran.push(job),
    })
    expect([ran, acknowledged, bucket.objects.size]).toEqual([[jobOf(body)], 1, 0])
  })

  it.each([
    [{ key: 'shadow/gone' }],
    ['text'],
    [null],
    [bytesOf('text')],
    [bytesOf('{"exchange":1}')],
  ])('that cannot be read (%j) is acknowledged, counted and not run', async (body) => {
    const { bucket, metrics } = fakeBindings()
    let acknowledged = 0
    await consumeShadows([{ body, attempts: 1, ack: () => acknowledged++, retry() {} }], {
      bucket,
      metrics,
      runShadow: () => Promise.reject(new Error('must not run')),
    })
    expect([acknowledged, metrics.fates]).toEqual([1, ['dropped']])
  })
})
