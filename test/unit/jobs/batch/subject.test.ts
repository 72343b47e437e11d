/** People whom the lines of a batch name: found and deleted like those of traffic. */
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { openSqlite } from '../../../../src/database/sqlite.node.ts'
import { runBatchItem } from '../../../../src/jobs/batch/run-item.ts'
import { systemRandom } from '../../../../src/lib/clock.ts'
import type { Transcript } from '../../../../src/transcript/record/record.ts'
import {
  digestSubject,
  importSubjectKey,
  loadSubjectKey,
} from '../../../../src/transcript/store/subject.ts'
import { sampleDeliberation } from '../../../fakes/deliberation.ts'
import { chambersIn } from '../../cli/chambers.ts'
import { openScene, question } from './scene.ts'

const scene = await openScene([
  { prompt: question(1), parameters: { safety_identifier: 'ann', user: 'not this' } },
  { prompt: question(2), parameters: { user: 'bob' } },
  { prompt: question(3) },
])
afterAll(() => scene.close())

it('are the subjects of their transcripts, in the batch’s tenant', async () => {
  const args = [scene.input, '--model', 'm', '--tenant', 't']
  const { code } = await chambersIn(scene.environment)('harvest', 'batch', ...args)
  expect(code).toBe(0)
  const database = openSqlite({ path: join(scene.folder, 'data', 'chambers.db') })
  const copies = { read: () => Promise.resolve(null), write: () => Promise.resolve() }
  const key = await loadSubjectKey({ database, copies, random: systemRandom })
  const rows = await database.all('SELECT subject FROM transcripts ORDER BY time, id')
  await database.close()
  const people = [await digestSubject(key, 't', 'ann'), await digestSubject(key, 't', 'bob'), null]
  expect(new Set(rows.map(({ subject }) => subject))).toEqual(new Set(people))
})

it('are asked about at the moment when the line was queued, so that a deletion since keeps it out', async () => {
  const written: Transcript[] = []
  const { bundle } = sampleDeliberation
  const plan = {
    id: 'b',
    policy: bundle.id,
    digest: bundle.digest,
    model: 'm',
    samples: 1,
    consent: 'harvest',
    tenant: 't',
    app: 'batch',
  } as const
  const ran = await runBatchItem(
    {
      deliberate: async (inquiry) => ({ ...sampleDeliberation, inquiry }),
      store: { read: () => Promise.resolve(null) },
      sink: {
        write(transcript) {
          written.push(transcript)
          return Promise.resolve({ ok: true, value: 'stored' })
        },
      },
      upstream: { provider: 'p', family: null, license: null, trainingRights: 'open' },
      subjectKey: await importSubjectKey('secret'),
      deadlineMs: 1_000,
      clock: { now: () => 9_000, monotonic: () => 0 },
    },
    {
      plan,
      bundle,
      line: 1,
      text: JSON.stringify({ prompt: 'Hello', parameters: { user: 'ann' } }),
      signal: new AbortController().signal,
      queuedMs: 5_000,
    },
  )
  expect(ran).toMatchObject({ kind: 'done' })
  expect(written).toMatchObject([{ time: new Date(5_000).toISOString() }])
})
