import { describe, expect, it } from 'vitest'
import type { Cohort } from '../../../../src/policy/repository.ts'
import {
  createObservations,
  type ReviewedDraft,
  type ServedRequest,
} from '../../../../src/revisions/watching/observations.ts'
import { sumBundle, sumRollout } from '../../../../src/revisions/watching/sum-reports.ts'

const request: ServedRequest = {
  policy: 'default',
  digest: 'a'.repeat(64),
  cohort: { served: 'active', version: 3 },
  fired: ['GEN'],
  refused: false,
  judgeFailed: false,
  failed: false,
  totalMs: 10,
}
const draft: ReviewedDraft = {
  policy: 'default',
  version: 3,
  agreement: 'agree',
  activePassed: true,
  activeMs: 5,
  candidateMs: 7,
}

const observe = (
  ...requests: readonly Partial<ServedRequest>[]
): ReturnType<typeof createObservations> => {
  const observations = createObservations()
  for (const changes of requests) observations.served({ ...request, ...changes })
  return observations
}

describe('the requests of a rollout', () => {
  it('are counted on the side that served them', () => {
    const candidate = { served: 'candidate', version: 3 } as const
    const { rollouts } = observe(
      {},
      { refused: true },
      { cohort: candidate, judgeFailed: true, failed: true, totalMs: 30 },
    ).report()
    expect(rollouts).toMatchObject([
      {
        policy: 'default',
        version: 3,
        active: { requests: 2, refused: 1, judgeFailures: 0, failed: 0, totalMs: 20 },
        candidate: { requests: 1, refused: 0, judgeFailures: 1, failed: 1, totalMs: 30 },
      },
    ])
  })

  it('are kept apart by policy and version, for the newest two versions', () => {
    const at = (version: number) => ({ cohort: { served: 'active', version } as const })
    const { rollouts } = observe(at(1), at(2), at(3), at(1), { policy: 'agentic' }).report()
    expect(rollouts.map(({ policy, version }) => [policy, version])).toEqual([
      ['default', 3],
      ['default', 2],
      ['agentic', 3],
    ])
  })

  it('are those of the policy that callers are moved from, where they are moved', () => {
    const moved = { move: { from: 'default', to: 'agentic' }, version: 3 }
    const { rollouts } = observe(
      { cohort: { ...moved, served: 'active' } },
      { policy: 'agentic', cohort: { ...moved, served: 'candidate' }, refused: true },
    ).report()
    expect(rollouts).toMatchObject([
      {
        policy: 'default',
        version: 3,
        active: { requests: 1, refused: 0 },
        candidate: { requests: 1, refused: 1 },
      },
    ])
  })

  it('are of both where callers are moved into a rollout', () => {
    const through: Cohort = {
      move: { from: 'default', to: 'agentic' },
      candidate: { digest: 'b'.repeat(64), revision: 1 },
      percent: 100,
      bucket: null,
      unit: null,
      served: 'candidate',
      version: 3,
    }
    const cohort = { through, served: 'active', version: 8 } as const
    const { rollouts } = observe({ policy: 'agentic', cohort }).report()
    expect(rollouts).toMatchObject([
      { policy: 'agentic', version: 8, active: { requests: 1 }, candidate: { requests: 0 } },
      { policy: 'default', version: 3, active: { requests: 0 }, candidate: { requests: 1 } },
    ])
  })

  it('leave no mark where no rollout is under way', () => {
    expect(observe({ cohort: null }).report().rollouts).toEqual([])
  })
})

describe('what a candidate would have decided', () => {
  it.each<[ReviewedDraft['agreement'], boolean, object]>([
    ['agree', true, { compared: 1, disagreements: 0, candidateFailed: 0, activeFailed: 0 }],
    ['agree', false, { compared: 1, disagreements: 0, candidateFailed: 1, activeFailed: 1 }],
    [
      'only_active_fails',
      false,
      { compared: 1, disagreements: 1, candidateFailed: 0, activeFailed: 1 },
    ],
    [
      'only_candidate_fails',
      true,
      { compared: 1, disagreements: 1, candidateFailed: 1, activeFailed: 0 },
    ],
    ['unjudged', true, { compared: 0, disagreements: 0, judgeFailures: 1, activeMs: 0 }],
  ])(
    'is counted as %s where the active verdict passed is %s',
    (agreement, activePassed, counted) => {
      const observations = createObservations()
      observations.reviewed({ ...draft, agreement, activePassed })
      expect(observations.report().rollouts[0]?.reviews).toMatchObject({ reviewed: 1, ...counted })
    },
  )

  it('is counted as dropped where it never looked', () => {
    const observations = createObservations()
    observations.dropped('default', 3)
    expect(observations.report().rollouts[0]?.reviews).toMatchObject({ reviewed: 0, dropped: 1 })
  })
})

describe('the sections of a bundle', () => {
  it('are counted each time they fire', () => {
    const { bundles } = observe({}, { fired: ['GEN', 'SHM'] }, { cohort: null, fired: [] }).report()
    expect(bundles).toEqual([
      { policy: 'default', digest: 'a'.repeat(64), requests: 3, fired: { GEN: 2, SHM: 1 } },
    ])
  })

  it('are forgotten with the bundles that were used longest ago', () => {
    const digests = ['a', 'b', 'a', 'c', 'd', 'e'].map((letter) => ({ digest: letter }))
    const { bundles } = observe(...digests).report()
    expect(bundles.map(({ digest }) => digest)).toEqual(['e', 'd', 'c', 'a'])
  })
})

describe('the sum of several instances', () => {
  const reports = [observe({}, { fired: ['SHM'] }), observe({ totalMs: 5 })].map(
    (observations) => ({
      program: '1',
      policies: [],
      ...observations.report(),
    }),
  )

  it('adds up each side of one version', () => {
    expect(sumRollout(reports, 'default', 3).active).toMatchObject({ requests: 3, totalMs: 25 })
    expect(sumRollout(reports, 'default', 4).active).toMatchObject({ requests: 0, totalMs: 0 })
  })

  it('adds up the sections of one bundle', () => {
    expect(sumBundle(reports, 'default', 'a'.repeat(64))).toMatchObject({
      requests: 3,
      fired: { GEN: 2, SHM: 1 },
    })
    expect(sumBundle(reports, 'default', 'b')).toMatchObject({ requests: 0, fired: {} })
  })
})
