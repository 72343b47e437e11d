import { env } from 'cloudflare:workers'
import { beforeAll, expect, it } from 'vitest'
import { migrate } from '../../../src/database/migrate.ts'
import { systemRandom } from '../../../src/lib/clock.ts'
import { streamCompression } from '../../../src/lib/compression.ts'
import { builtIn } from '../../../src/policy/built-in.generated.ts'
import { createQueueSeal } from '../../../src/queue/seal.ts'
import { sendShadow } from '../../../src/queue/shadows.ts'
import { createQueueSpool } from '../../../src/queue/spool.ts'
import { packEntry, toEntry } from '../../../src/transcript/store/entry.ts'
import type { ShadowJob } from '../../../src/v1/shadow.ts'
import { sampleTranscript } from '../../fakes/deliberation.ts'
import { createPrincipal } from '../../fakes/principal.ts'
import { database, noise, store } from './storage.ts'

beforeAll(async () => {
  await migrate(database)
})

const parked = async (prefix: string) => (await env.TRANSCRIPTS.list({ prefix })).objects.length

it('a spooled transcript of any size goes by the queue to the consumer of this program and is stored', async () => {
  const spool = createQueueSpool({
    queue: env.SPOOL,
    bucket: env.TRANSCRIPTS,
    random: systemRandom,
  })
  const small = sampleTranscript(11)
  const large = sampleTranscript(12, { request: { text: noise(400_000) } })
  for (const transcript of [small, large]) {
    await spool.append(packEntry(await toEntry(transcript, streamCompression)))
  }
  expect(await parked('spool/')).toBe(1)
  for (const { id, request } of [small, large]) {
    await expect.poll(async () => (await store.read(id))?.transcript?.request).toEqual(request)
  }
  await expect.poll(() => parked('spool/')).toBe(0)
})

it('a shadowed request of any size is deliberated by the consumer of this program and recorded', async () => {
  const [bundle] = builtIn.bundles
  if (!bundle) throw new Error('No policy is built in')
  const jobOf = (number: number, content: string): ShadowJob => ({
    body: JSON.stringify({ model: 'stand-in', messages: [{ role: 'user', content }] }),
    policy: { id: bundle.id, digest: bundle.digest },
    exchange: {
      requestId: `req_${number}`,
      transcriptId: `tr_${String(number).padStart(32, '0')}`,
      principal: createPrincipal(),
      mode: 'shadow',
      session: 'one',
      time: 1_800_000_000_000,
      startedMs: 1,
    },
  })
  const jobs = [jobOf(21, 'How do I pick a strong password?'), jobOf(22, noise(150_000))]
  const seal = createQueueSeal({ database, random: systemRandom })
  for (const [index, job] of jobs.entries()) {
    const bindings = { queue: env.SHADOWS, bucket: env.TRANSCRIPTS }
    await sendShadow({ ...bindings, seal, sealsAll: index % 2 === 0 }, job)
  }
  for (const { exchange, body } of jobs) {
    const id = exchange.transcriptId
    await expect
      .poll(async () => (await store.read(id))?.transcript)
      .toMatchObject({
        mode: 'shadow',
        session: 'one',
        request: JSON.parse(body),
        outcome: { kind: 'passed' },
        final: null,
      })
  }
  await expect.poll(() => parked('shadow/')).toBe(0)
})
