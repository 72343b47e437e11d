import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { migrate } from '../../../src/database/migrate.ts'
import { streamCompression } from '../../../src/lib/compression.ts'
import { builtIn } from '../../../src/policy/built-in.generated.ts'
import { toEntry } from '../../../src/transcript/store/entry.ts'
import { sweep } from '../../../src/transcript/store/sweep.ts'
import worker from '../../../src/worker.ts'
import { sampleDeliberation, sampleTranscript } from '../../fakes/deliberation.ts'
import { database, store } from './storage.ts'

const DAY_MS = 86_400_000

it('the scheduled event removes what is older than its policy keeps it, from D1 and from R2', async () => {
  await migrate(database)
  const [bundle] = builtIn.bundles
  if (!bundle) throw new Error('There is no policy')
  const { retentionDays } = bundle.transcripts
  const of = (number: number, days: number) =>
    sampleTranscript(number, {
      time: Date.now() - days * DAY_MS,
      deliberation: { ...sampleDeliberation, bundle },
    })
  const transcripts = [of(1, retentionDays + 1), of(2, retentionDays - 1)]
  await store.append(await Promise.all(transcripts.map((one) => toEntry(one, streamCompression))))
  const context = createExecutionContext()
  await worker.scheduled({}, env as never, context as never)
  await waitOnExecutionContext(context)
  const [old, young] = await Promise.all(transcripts.map(({ id }) => store.read(id)))
  expect([old, young?.transcript?.id]).toEqual([null, transcripts[1]?.id])
  const kept = await env.TRANSCRIPTS.list({ prefix: 'transcripts/' })
  expect(kept.objects.map(({ key }) => key)).toEqual([young?.row.contentKey])
})

it('content whose row was never written goes after a while, and no other', async () => {
  await migrate(database)
  const transcript = sampleTranscript(7)
  await store.append([await toEntry(transcript, streamCompression)])
  const orphan = `transcripts/${sampleTranscript(8).id}.json.gz`
  await env.TRANSCRIPTS.put(orphan, new Uint8Array(1))
  const at = (days: number) => {
    const clock = { now: () => Date.now() + days * DAY_MS, monotonic: () => 0 }
    return sweep({ database, bucket: env.TRANSCRIPTS, clock })
  }
  expect([await at(9), await at(11), await at(11)]).toEqual([0, 1, 0])
  expect(await env.TRANSCRIPTS.get(orphan)).toBeNull()
  expect((await store.read(transcript.id))?.transcript?.id).toBe(transcript.id)
})

it('what was on its way through a queue goes when no queue can ask for it any more', async () => {
  await migrate(database)
  const parcels = ['batch/tr_1', 'shadow/tr_2', 'spool/3']
  const others = ['aside/4', 'copies/5']
  for (const key of [...parcels, ...others]) await env.TRANSCRIPTS.put(key, new Uint8Array(1))
  const at = (days: number) => {
    const clock = { now: () => Date.now() + days * DAY_MS, monotonic: () => 0 }
    return sweep({ database, bucket: env.TRANSCRIPTS, clock })
  }
  const left = async () => {
    const found = await Promise.all([...parcels, ...others].map((key) => env.TRANSCRIPTS.head(key)))
    return found.flatMap((object) => object?.key ?? [])
  }
  await at(29)
  expect(await left()).toEqual([...parcels, ...others])
  await at(31)
  expect(await left()).toEqual(others)
})
