import { describe, expect, it } from 'vitest'
import { sha256Hex } from '../../../src/lib/digest.ts'
import { succeed } from '../../../src/lib/result.ts'
import { noSpan } from '../../../src/lib/tracing.ts'
import { createObservations } from '../../../src/revisions/watching/observations.ts'
import type { CandidateJob } from '../../../src/v1/run-candidate.ts'
import { createRunShadow, dropShadow, type RunShadowPorts } from '../../../src/v1/run-shadow.ts'
import type { ShadowJob } from '../../../src/v1/shadow.ts'
import { bundleOf, CHAT } from '../../contract/fake-gateway.ts'
import { sampleDeliberation } from '../../fakes/deliberation.ts'
import { NOTHING_CARRIED } from '../../fakes/nothing-carried.ts'
import { createPrincipal } from '../../fakes/principal.ts'
import { countingMetrics } from '../../fakes/storage.ts'

const job = {
  body: JSON.stringify(CHAT),
  policy: { id: 'default', digest: 'd' },
  exchange: { requestId: 'req_1', door: 'chat' },
} as ShadowJob

function build(broken: Partial<RunShadowPorts>) {
  const metrics = countingMetrics()
  const reports: string[] = []
  const candidates: CandidateJob[] = []
  const observations = createObservations()
  const rows: unknown[] = []
  const runShadow = createRunShadow({
    findBundle: () => bundleOf('default', 'shadow'),
    deliberate: () => Promise.reject(new Error('a defect')),
    deadlineMs: 1_000,
    startSpan: () => noSpan,
    metrics,
    observations,
    sha256: sha256Hex,
    carry: NOTHING_CARRIED,
    runCandidate: async (candidate) => void candidates.push(candidate),
    report: (_, requestId) => reports.push(requestId),
    recordRelay: (exchange, note) => void rows.push([exchange.requestId, note]),
    ...broken,
  } as RunShadowPorts)
  return { runShadow, metrics, reports, candidates, observations, rows }
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

it.each<[string, Partial<RunShadowPorts>, string, string, number]>([
  ['whose bundle is gone', { findBundle: () => null }, job.body, 'bundle_gone', 0],
  ['that is no chat request', {}, '{"model":1}', 'unreadable', 1],
])('drops and counts a job %s, and says why', async (_, ports, body, why, kept) => {
  const { runShadow, metrics, reports, rows } = build(ports)
  await runShadow({ ...job, body })
  expect([metrics.drops, reports]).toEqual([[why], []])
  expect(rows).toEqual([['req_1', { status: 200, totalMs: 0, dropped: why }]].slice(0, kept))
})

it('leaves a row of a job for which there was no room', async () => {
  const rows: unknown[] = []
  const metrics = countingMetrics()
  const findBundle = () => bundleOf('default', 'shadow')
  const recordRelay = (_: unknown, note: unknown) => void rows.push(note)
  await dropShadow({ metrics, findBundle, recordRelay }, job, 'busy')
  expect([metrics.drops, rows]).toEqual([['busy'], [{ status: 200, totalMs: 0, dropped: 'busy' }]])
})

describe('a candidate beside a shadowed request', () => {
  const candidate = { ...bundleOf('default', 'shadow'), digest: 'c' }
  const cohort = {
    candidate: { digest: 'c', revision: 3 },
    percent: 0,
    bucket: 1,
    unit: 'session',
    served: 'active',
    version: 7,
  } as const
  const staged: ShadowJob = {
    ...job,
    policy: { ...job.policy, candidate: 'c' },
    exchange: { ...job.exchange, cohort, principal: createPrincipal(), time: 1_800_000_000_000 },
  }
  const recorded: Partial<RunShadowPorts> = {
    deliberate: async () => sampleDeliberation,
    subjectKey: {} as RunShadowPorts['subjectKey'],
    sink: { write: async () => succeed('stored') },
    findBundle: (_, digest) => (digest === 'c' ? candidate : bundleOf('default', 'shadow')),
  }

  it('looks at it once it is deliberated and recorded', async () => {
    const order: string[] = []
    const { runShadow, candidates, observations } = build({
      ...recorded,
      sink: {
        async write() {
          order.push('recorded')
          return succeed('stored')
        },
      },
      runCandidate: async () => void order.push('candidate'),
    })
    await runShadow(staged)
    expect([order, candidates]).toEqual([['recorded', 'candidate'], []])
    expect(observations.report().rollouts).toMatchObject([{ version: 7, active: { requests: 1 } }])
  })

  it('is given the bundle that the job names', async () => {
    const { runShadow, candidates } = build(recorded)
    await runShadow(staged)
    expect(candidates).toMatchObject([{ version: 7, candidate }])
  })

  it('is looked for among those of the policy that callers are to be moved to', async () => {
    const asked: string[] = []
    const { runShadow, candidates } = build({
      ...recorded,
      findBundle(policy, digest) {
        asked.push(policy)
        return digest === 'c' ? candidate : bundleOf('default', 'shadow')
      },
    })
    const moved = { ...cohort, move: { from: 'default', to: 'shop' } }
    await runShadow({ ...staged, exchange: { ...staged.exchange, cohort: moved } })
    expect([asked, candidates]).toMatchObject([['default', 'shop'], [{ rollout: 'default' }]])
  })

  it('that is gone is counted, and its request is no lost transcript', async () => {
    const { runShadow, metrics, observations, candidates } = build({
      ...recorded,
      findBundle: (_, digest) => (digest === 'c' ? null : bundleOf('default', 'shadow')),
    })
    await runShadow(staged)
    const [rollout] = observations.report().rollouts
    expect([metrics.fates, candidates, rollout?.reviews.dropped]).toEqual([[], [], 1])
  })

  it('that cannot be found is reported, and its request is no lost transcript', async () => {
    const { runShadow, metrics, reports } = build({
      ...recorded,
      findBundle: (_, digest) =>
        digest === 'c' ? Promise.reject(new Error('a defect')) : bundleOf('default', 'shadow'),
    })
    await runShadow(staged)
    expect([metrics.fates, reports]).toEqual([[], ['req_1']])
  })

  it('is none to a job that an older program has queued', async () => {
    const { runShadow, candidates, observations } = build(recorded)
    const { cohort: _cohort, ...exchange } = staged.exchange
    const old = { ...staged, exchange, policy: { id: 'default', digest: 'd' } } as ShadowJob
    await runShadow(old)
    expect([candidates, observations.report().rollouts]).toEqual([[], []])
  })
})
