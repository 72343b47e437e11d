import { describe, expect, it } from 'vitest'
import type { Failure } from '../../../src/conversation/failures.ts'
import type { Deliberation } from '../../../src/conversation/outcome.ts'
import { Opaque } from '../../../src/lib/opaque.ts'
import type { Bundle } from '../../../src/policy/section.ts'
import { createObservations } from '../../../src/revisions/watching/observations.ts'
import type { Exchange, GatewayContext } from '../../../src/v1/exchange.ts'
import { createObserve, type ObservePorts } from '../../../src/v1/observe.ts'
import type { CandidateJob } from '../../../src/v1/run-candidate.ts'
import { sampleAttempt, sampleDeliberation } from '../../fakes/deliberation.ts'
import { createPrincipal } from '../../fakes/principal.ts'

const candidate: Bundle = { ...sampleDeliberation.bundle, digest: 'c'.repeat(64) }
const exchange: Exchange = {
  requestId: 'req_1',
  door: 'chat',
  transcriptId: 'tr_1',
  principal: createPrincipal(),
  bundle: sampleDeliberation.bundle,
  candidate: null,
  cohort: {
    candidate: { digest: candidate.digest, revision: 3 },
    percent: 50,
    bucket: 40,
    unit: 'session',
    served: 'candidate',
    version: 7,
  },
  mode: 'enforce',
  session: null,
  time: 1_800_000_000_000,
  startedMs: 1,
}

function build(ports: Partial<ObservePorts> = {}) {
  const observations = createObservations()
  const jobs: CandidateJob[] = []
  const deferred: Promise<unknown>[] = []
  const reports: string[] = []
  const observe = createObserve({
    observations,
    enqueueCandidate: (job) => void jobs.push(job),
    defer: (_c, work) => void deferred.push(work),
    report: (_, requestId) => reports.push(requestId),
    ...ports,
  })
  const look = async (from: Partial<Exchange> = {}, changes: Partial<Deliberation> = {}) => {
    const c = {} as GatewayContext
    observe(c, { ...exchange, ...from }, { ...sampleDeliberation, ...changes })
    const before = { jobs: jobs.length, counted: observations.report().bundles.length }
    await Promise.all(deferred)
    return { ...observations.report(), jobs, reports, before }
  }
  return look
}

const rejected = (status: number): Failure => ({
  reason: 'model_rejected',
  status,
  code: null,
  param: null,
  detail: new Opaque(''),
  headers: {},
})
const failed = (failure: Failure): Partial<Deliberation> => ({ outcome: { ok: false, failure } })
const { outcome } = sampleDeliberation
if (!outcome.ok) throw new Error('The sample was released')
const [choice] = outcome.value.choices
if (!choice?.answer || !sampleAttempt.draft) throw new Error('The sample has a released draft')
const substituted: Deliberation['outcome'] = {
  ok: true,
  value: {
    ...outcome.value,
    kind: 'substituted',
    choices: [{ ...choice, kind: 'substituted', attempt: null }],
  },
}
const refusing = {
  ...sampleAttempt,
  draft: { ...sampleAttempt.draft, decision: 'refuse' } as const,
}
const unjudged = {
  ...sampleAttempt,
  judgeFailures: [{ reason: 'judge_empty', channel: 'answer' }],
} as const

describe('a served request', () => {
  it.each<[string, Partial<Deliberation>, object]>([
    [
      'that was answered',
      {},
      { requests: 1, refused: 0, judgeFailures: 0, failed: 0, totalMs: 30 },
    ],
    ['whose answer is a substitute', { outcome: substituted }, { requests: 1, refused: 1 }],
    ['whose released draft refuses', { attempts: [refusing] }, { requests: 1, refused: 1 }],
    [
      'whose refusing draft was not the one released',
      { attempts: [{ ...refusing, number: 1 }, sampleAttempt] },
      { requests: 1, refused: 0 },
    ],
    [
      'whose judge failed, and was released all the same',
      { attempts: [unjudged] },
      { requests: 1, judgeFailures: 1, failed: 0 },
    ],
    [
      'whose judge failed, and was blocked',
      { ...failed({ reason: 'judge_empty', channel: 'answer' }), attempts: [unjudged] },
      { requests: 1, judgeFailures: 1, failed: 0 },
    ],
    [
      'that ended without a boundary',
      failed({ reason: 'no_boundary' }),
      { requests: 1, failed: 1 },
    ],
    [
      'whose time was up',
      failed({ reason: 'aborted', by: 'deadline' }),
      { requests: 1, failed: 1 },
    ],
    ['that the model server found too long', failed(rejected(400)), { requests: 1, failed: 1 }],
    ['that it found too large', failed(rejected(413)), { requests: 1, failed: 1 }],
    ['that it could not take', failed(rejected(422)), { requests: 1, failed: 1 }],
  ])('%s is counted on its side', async (_, changes, counts) => {
    const { rollouts } = await build()({}, changes)
    expect(rollouts).toMatchObject([{ version: 7, active: { requests: 0 }, candidate: counts }])
  })

  it.each<[string, Failure]>([
    ['whose caller left', { reason: 'aborted', by: 'client' }],
    ['that names a parameter nobody supports', { reason: 'unsupported', param: 'n', detail: '' }],
    ['that names a model nobody has', rejected(404)],
    ['that comes too often for the model server', rejected(429)],
  ])('%s counts on no side', async (_, failure) => {
    const { rollouts, bundles } = await build()({}, failed(failure))
    expect([rollouts, bundles]).toMatchObject([[], [{ requests: 1 }]])
  })

  it('counts the sections that were given in full', async () => {
    const { bundles } = await build()()
    expect(bundles).toMatchObject([{ policy: 'default', requests: 1, fired: { SHM: 1 } }])
  })

  it('is looked at in a later turn, when its answer is on the way', async () => {
    const { before, jobs } = await build()({ candidate })
    expect([before, jobs.length]).toEqual([{ jobs: 0, counted: 0 }, 1])
  })
})

describe('a candidate beside it', () => {
  it('gets no job where none is staged', async () => {
    expect((await build()()).jobs).toEqual([])
  })

  it('is counted as dropped where there is no judged draft', async () => {
    const { jobs, rollouts } = await build()({ candidate }, { attempts: [] })
    expect([jobs, rollouts]).toMatchObject([[], [{ reviews: { dropped: 1 } }]])
  })

  it('is reported where it cannot be queued, and nothing rejects', async () => {
    const look = build({ enqueueCandidate: () => Promise.reject(new Error('a defect')) })
    expect((await look({ candidate })).reports).toEqual(['req_1'])
  })
})
