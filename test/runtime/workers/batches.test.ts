import { env } from 'cloudflare:workers'
import { beforeAll, expect, it } from 'vitest'
import { migrate } from '../../../src/database/migrate.ts'
import { batchTranscriptId } from '../../../src/jobs/batch/plan.ts'
import { builtIn } from '../../../src/policy/built-in.generated.ts'
import { sendBatchLine } from '../../../src/queue/batches.ts'
import { database, noise, store } from './storage.ts'

beforeAll(async () => {
  await migrate(database)
})

it('prompts of any size go by the queue through the deliberation to transcripts, each once', async () => {
  const bundle = builtIn.bundles.find(({ id }) => id === 'default')
  if (!bundle) throw new Error('No policy is built in')
  const plan = {
    id: 'edge',
    policy: bundle.id,
    digest: bundle.digest,
    model: 'stand-in',
    samples: 2,
    consent: 'harvest',
    tenant: 'default',
    app: 'batch',
  } as const
  const hints = [{ source: 'another AI', ideal_response: 'refuse' }]
  const lines = [
    { line: 1, text: JSON.stringify({ prompt: 'How do I pick a strong password?', hints }) },
    { line: 2, text: JSON.stringify({ prompt: noise(150_000) }) },
  ]
  const ports = { queue: env.BATCHES, bucket: env.TRANSCRIPTS }
  // Twice, as a command line does that is not sure.
  for (const line of [...lines, ...lines]) await sendBatchLine(ports, { plan, ...line })
  for (const line of lines) {
    const id = await batchTranscriptId(plan, line)
    await expect
      .poll(async () => (await store.read(id))?.transcript)
      .toMatchObject({
        mode: 'enforce',
        session: 'batch:edge',
        consent: 'harvest',
        policy: { digest: bundle.digest },
        outcome: { kind: 'released' },
        batch: { id: 'edge', line: line.line, samples: 2 },
      })
  }
  await expect
    .poll(async () => (await env.TRANSCRIPTS.list({ prefix: 'batch/' })).objects)
    .toHaveLength(0)
  const rows = await database.all(`SELECT id FROM transcripts WHERE session = 'batch:edge'`)
  expect(rows).toHaveLength(2)
})
