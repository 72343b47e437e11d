import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { createD1Database } from '../../../src/database/d1.ts'
import { migrate } from '../../../src/database/migrate.ts'
import { systemRandom } from '../../../src/lib/clock.ts'
import { streamCompression } from '../../../src/lib/compression.ts'
import { consumeSpool, createQueueSpool } from '../../../src/queue/spool.ts'
import { packEntry, toEntry } from '../../../src/transcript/store/entry.ts'
import { createR2Blobs } from '../../../src/transcript/store/r2-blobs.ts'
import { createTranscriptStore } from '../../../src/transcript/store/store.ts'
import { sampleTranscript } from '../../fakes/deliberation.ts'
import { countingMetrics } from '../../fakes/storage.ts'
import { describeDatabase } from '../../unit/database/database-suite.ts'
import { describeIncrements } from '../../unit/harvest/increments-suite.ts'
import { describeInstances } from '../../unit/revisions/instances-suite.ts'
import { describeRevisions } from '../../unit/revisions/revisions-suite.ts'
import { describeStateStore } from '../../unit/state/store-suite.ts'
import { describeCustody } from '../../unit/transcript/custody-suite.ts'
import { describeNumbers } from '../../unit/transcript/numbers-suite.ts'
import { describeSealing } from '../../unit/transcript/sealing-suite.ts'
import { describeStore } from '../../unit/transcript/store-suite.ts'

/** The one database of the file, emptied: D1 gives no second one to a test. */
async function openEmpty() {
  const database = createD1Database(env.DB)
  const tables = await database.all(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%'`,
  )
  await database.batch(
    tables.map(({ name }) => ({ sql: `DROP TABLE "${String(name)}"`, params: [] })),
  )
  return database
}

describeDatabase('D1', openEmpty)

describeInstances('D1', openEmpty)

describeStateStore('D1', openEmpty)

describeRevisions('D1', openEmpty)

describeStore(
  'D1 and R2',
  async () => ({ database: await openEmpty(), blobs: createR2Blobs(env.TRANSCRIPTS) }),
  streamCompression,
)

describeSealing('D1 and R2', {
  open: async () => ({ database: await openEmpty(), blobs: createR2Blobs(env.TRANSCRIPTS) }),
  compression: streamCompression,
})

describeCustody(
  'D1 and R2',
  async () => ({ database: await openEmpty(), blobs: createR2Blobs(env.TRANSCRIPTS) }),
  streamCompression,
)

describeIncrements(
  'D1 and R2',
  async () => ({ database: await openEmpty(), blobs: createR2Blobs(env.TRANSCRIPTS) }),
  streamCompression,
)

describeNumbers(
  'D1 and R2',
  async () => ({ database: await openEmpty(), blobs: createR2Blobs(env.TRANSCRIPTS) }),
  streamCompression,
)

it('the bytes put into the bucket are still there for the spool', async () => {
  const bytes = new TextEncoder().encode('content')
  await createR2Blobs(env.TRANSCRIPTS).put('transcripts/kept', bytes)
  expect(new TextDecoder().decode(bytes)).toBe('content')
})

it('a transcript of any size goes through the real queue binding, and from its message to the store', async () => {
  const spool = createQueueSpool({
    queue: env.SPOOL,
    bucket: env.TRANSCRIPTS,
    random: systemRandom,
  })
  const noise = Array.from({ length: 6 }, () => systemRandom.hex(30_000)).join('')
  const transcripts = [sampleTranscript(1), sampleTranscript(2, { request: { text: noise } })]
  const packed = await Promise.all(
    transcripts.map(async (transcript) => packEntry(await toEntry(transcript, streamCompression))),
  )
  expect(packed[1]?.length).toBeGreaterThan(128_000)
  for (const entry of packed) await expect(spool.append(entry)).resolves.toBeUndefined()

  const database = await openEmpty()
  await migrate(database)
  const blobs = createR2Blobs(env.TRANSCRIPTS)
  const store = createTranscriptStore({ database, blobs, compression: streamCompression })
  const ends: string[] = []
  await consumeSpool(
    packed.map((entry) => ({
      body: entry.buffer,
      attempts: 1,
      ack: () => ends.push('ack'),
      retry: () => ends.push('retry'),
    })),
    { store, bucket: env.TRANSCRIPTS, metrics: countingMetrics() },
  )
  expect(ends).toEqual(['ack', 'ack'])
  for (const transcript of transcripts) {
    const stored = await store.read(transcript.id)
    expect(stored?.transcript?.request).toEqual(transcript.request)
  }
})
