import { expect, it } from 'vitest'
import { createRunShadow, type RunShadowPorts } from '../../../src/http/run-shadow.ts'
import type { ShadowJob } from '../../../src/http/shadow.ts'
import { noSpan } from '../../../src/lib/tracing.ts'
import { bundleOf, CHAT } from '../../contract/fake-gateway.ts'
import { countingMetrics } from '../../fakes/storage.ts'

const job = {
  body: JSON.stringify(CHAT),
  policy: { id: 'default', digest: 'd' },
  exchange: { requestId: 'req_1' },
} as ShadowJob

function build(broken: Partial<RunShadowPorts>) {
  const metrics = countingMetrics()
  const reports: string[] = []
  const runShadow = createRunShadow({
    findBundle: () => bundleOf('default', 'shadow'),
    deliberate: () => Promise.reject(new Error('a defect')),
    deadlineMs: 1_000,
    startSpan: () => noSpan,
    metrics,
    report: (_, requestId) => reports.push(requestId),
    ...broken,
  } as RunShadowPorts)
  return { runShadow, metrics, reports }
}

it.each<[string, Partial<RunShadowPorts>]>([
  ['the deliberation', {}],
  [
    'the repository',
    {
      findBundle: () => {
        throw new Error('a defect')
      },
    },
  ],
  ['the repository, later', { findBundle: () => Promise.reject(new Error('a defect')) }],
])('never rejects, and counts and reports a defect of %s', async (_, broken) => {
  const { runShadow, metrics, reports } = build(broken)
  await expect(runShadow(job)).resolves.toBeUndefined()
  expect([metrics.fates, reports]).toEqual([['dropped'], ['req_1']])
})

it.each<[string, Partial<RunShadowPorts>, string]>([
  ['whose bundle is gone', { findBundle: () => null }, job.body],
  ['that is no chat request', {}, '{"model":1}'],
])('drops and counts a job %s', async (_, ports, body) => {
  const { runShadow, metrics, reports } = build(ports)
  await runShadow({ ...job, body })
  expect([metrics.fates, reports]).toEqual([['dropped'], []])
})
