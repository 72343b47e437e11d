import { describe, expect, it } from 'vitest'
import { migrate } from '../../../src/database/migrate.ts'
import { openSqlite } from '../../../src/database/sqlite.node.ts'
import { systemRandom } from '../../../src/lib/clock.ts'
import { createQueueSeal } from '../../../src/queue/seal.ts'
import { consumeShadows, sendShadow } from '../../../src/queue/shadows.ts'
import type { Consent } from '../../../src/transcript/record/record.ts'
import type { ShadowJob } from '../../../src/v1/shadow.ts'
import { createPrincipal } from '../../fakes/principal.ts'
import { countingMetrics, fakeBucket } from '../../fakes/storage.ts'

const jobOf = (body: string, consent: Consent = 'harvest'): ShadowJob => ({
  body,
  policy: { id: 'default', digest: 'd', candidate: null },
  exchange: {
    requestId: 'req_1',
    door: 'chat',
    transcriptId: 'tr_1',
    principal: createPrincipal({ consent }),
    mode: 'shadow',
    session: null,
    cohort: null,
    time: 1,
    startedMs: 1,
  },
})

const bytesOf = (text: string) => new TextEncoder().encode(text)

const database = openSqlite({ path: ':memory:' })
await migrate(database)
const seal = createQueueSeal({ database, random: systemRandom })

function fakeBindings() {
  const sent: unknown[] = []
  const queue = { send: async (message: unknown) => sent.push(structuredClone(message)) }
  return { queue, bucket: fakeBucket(), metrics: countingMetrics(), sent }
}

describe('a shadow job', () => {
  it.each([
    ['small', 'x'.repeat(100), 0, 'clear', 'harvest'],
    ['larger than a message', 'é'.repeat(100_000), 1, 'clear', 'audit'],
    ['small and sealed', 'x'.repeat(100), 0, 'sealed', 'harvest'],
    ['larger than a message and sealed', 'é'.repeat(100_000), 1, 'sealed', 'audit'],
    ['of a caller who wants nothing kept', 'x'.repeat(100), 0, 'sealed without a key', 'none'],
  ] as const)('that is %s arrives as it was sent', async (_, body, parked, waiting, consent) => {
    const { queue, bucket, metrics, sent } = fakeBindings()
    const job = jobOf(body, consent)
    await sendShadow({ queue, bucket, seal, sealsAll: waiting === 'sealed' }, job)
    expect([sent.length, bucket.objects.size]).toEqual([1, parked])
    const waits = [...sent, ...bucket.objects.values()].map((one) =>
      one instanceof Uint8Array ? new TextDecoder().decode(one) : JSON.stringify(one),
    )
    expect(waits.some((text) => text.includes(body.slice(0, 9)))).toBe(waiting === 'clear')
    const ran: ShadowJob[] = []
    let acknowledged = 0
    const message = { body: sent[0], attempts: 1, ack: () => acknowledged++, retry() {} }
    await consumeShadows([message], {
      bucket,
      metrics,
      seal: createQueueSeal({ database, random: systemRandom }),
      runShadow: async (job) => void ran.push(job),
    })
    expect([ran, acknowledged, bucket.objects.size]).toEqual([[job], 1, 0])
  })

  it.each([
    [{ key: 'shadow/gone' }],
    ['text'],
    [null],
    [bytesOf('text')],
    [bytesOf('{"exchange":1}')],
    [Uint8Array.of(1, 2, 3)],
  ])('that cannot be read (%j) is acknowledged, counted and not run', async (body) => {
    const { bucket, metrics } = fakeBindings()
    let acknowledged = 0
    await consumeShadows([{ body, attempts: 1, ack: () => acknowledged++, retry() {} }], {
      bucket,
      metrics,
      seal,
      runShadow: () => Promise.reject(new Error('must not run')),
    })
    expect([acknowledged, metrics.fates]).toEqual([1, ['dropped']])
  })
})
