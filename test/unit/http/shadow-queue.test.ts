import { describe, expect, it } from 'vitest'
import type { ShadowJob } from '../../../src/http/shadow.ts'
import { consumeShadows, sendShadow } from '../../../src/http/shadow-queue.ts'

const jobOf = (body: string): ShadowJob => ({
  body,
  policy: { id: 'default', digest: 'd' },
  exchange: {
    requestId: 'req_1',
    transcriptId: 'tr_1',
    principal: {
      kind: 'key',
      id: 'k',
      tenant: 't',
      app: 'a',
      policies: [],
      minimumMode: null,
      requestsPerMinute: null,
      consent: 'audit',
      scope: [],
      subject: null,
    },
    mode: 'shadow',
    session: null,
    time: 1,
    startedMs: 1,
  },
})

function fakeBindings() {
  const sent: unknown[] = []
  const stored = new Map<string, Uint8Array>()
  const queue = { send: async (message: unknown) => sent.push(structuredClone(message)) }
  const bucket = {
    put: async (key: string, bytes: Uint8Array) => stored.set(key, bytes),
    get: async (key: string) => {
      const bytes = stored.get(key)
      return bytes ? { arrayBuffer: async () => Uint8Array.from(bytes).buffer } : null
    },
    delete: async (key: string) => {
      stored.delete(key)
    },
  }
  return { queue, bucket, sent, stored }
}

describe('a shadow job', () => {
  it.each([
    ['small', 'x'.repeat(100), 0],
    ['larger than a message', 'é'.repeat(100_000), 1],
  ])('that is %s arrives as it was sent', async (_, body, parked) => {
    const { queue, bucket, sent, stored } = fakeBindings()
    await sendShadow({ queue, bucket }, jobOf(body))
    expect([sent.length, stored.size]).toEqual([1, parked])
    const ran: ShadowJob[] = []
    let acknowledged = 0
    const message = { body: sent[0], ack: () => acknowledged++, retry() {} }
    await consumeShadows([message], { bucket, runShadow: async (job) => void ran.push(job) })
    expect([ran, acknowledged, stored.size]).toEqual([[jobOf(body)], 1, 0])
  })

  it.each([[{ key: 'shadow/gone' }], ['text'], [null], [{ job: 'text' }]])(
    'that cannot be read (%j) is acknowledged and not run',
    async (body) => {
      const { bucket } = fakeBindings()
      let acknowledged = 0
      await consumeShadows([{ body, ack: () => acknowledged++, retry() {} }], {
        bucket,
        runShadow: () => Promise.reject(new Error('must not run')),
      })
      expect(acknowledged).toBe(1)
    },
  )
})
