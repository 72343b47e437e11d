import { describe, expect, it } from 'vitest'
import type { JudgeFailure } from '../../../src/conversation/failures.ts'
import type { Deliberation, Verdict } from '../../../src/conversation/outcome.ts'
import { DatabaseError } from '../../../src/database/database.ts'
import type { AnswerJudgement } from '../../../src/deliberation/judge/judge-answer.ts'
import { noSpan } from '../../../src/lib/tracing.ts'
import type { Bundle } from '../../../src/policy/section.ts'
import type { CandidateReview } from '../../../src/revisions/watching/candidate-reviews.ts'
import { createObservations } from '../../../src/revisions/watching/observations.ts'
import type { RecordedExchange } from '../../../src/v1/record.ts'
import {
  type CandidateJob,
  candidateJobOf,
  createRunCandidate,
  type RunCandidatePorts,
  weightOf,
} from '../../../src/v1/run-candidate.ts'
import { sampleAttempt, sampleDeliberation, sampleVerdict } from '../../fakes/deliberation.ts'
import { createPrincipal } from '../../fakes/principal.ts'

const exchange: RecordedExchange = {
  requestId: 'req_1',
  door: 'chat',
  transcriptId: 'tr_1',
  principal: createPrincipal(),
  cohort: {
    candidate: { digest: 'c'.repeat(64), revision: 3 },
    percent: 0,
    bucket: 40,
    unit: 'session',
    served: 'active',
    version: 7,
  },
  mode: 'enforce',
  session: null,
  time: 1_800_000_000_000,
  startedMs: 1,
}
const candidate: Bundle = { ...sampleDeliberation.bundle, digest: 'c'.repeat(64) }

const jobOf = (changes: Partial<Deliberation> = {}, from: Partial<RecordedExchange> = {}) =>
  candidateJobOf({ ...exchange, ...from }, candidate, { ...sampleDeliberation, ...changes })

function aJob(from: Partial<RecordedExchange> = {}): CandidateJob {
  const job = jobOf({}, from)
  if (!job) throw new Error('The sample has a judged draft')
  return job
}

const verdictOf = (passed: boolean): Verdict => ({
  ...sampleVerdict,
  passed,
  reasons: passed ? [] : ['violation:SHM1'],
  timings: { firstByteMs: 1, totalMs: 25, tries: 1 },
})

function build(
  review: Partial<AnswerJudgement> | RunCandidatePorts['judgeAnswer'],
  ports: Partial<RunCandidatePorts> = {},
) {
  const observations = createObservations()
  const rows: CandidateReview[] = []
  const reports: string[] = []
  const run = createRunCandidate({
    judgeAnswer:
      typeof review === 'function'
        ? review
        : async () => ({ selected: ['SHM'], verdict: null, failure: null, ...review }),
    reviews: { add: async (row) => void rows.push(row), list: async () => rows },
    observations,
    startSpan: () => noSpan,
    deadlineMs: 1_000,
    leaving: null,
    report: (_, requestId) => reports.push(requestId),
    ...ports,
  })
  const counted = () => observations.report().rollouts[0]
  return { run, rows, reports, counted }
}

describe('the draft that a candidate looks at', () => {
  it('is the first one on which the active answer channel gave a verdict', () => {
    const [first] = sampleDeliberation.attempts
    expect(jobOf()).toMatchObject({
      version: 7,
      candidate,
      answer: first?.draft?.answer,
      active: { channel: 'answer', passed: false },
    })
  })

  it.each<[string, Partial<Deliberation>]>([
    ['no attempt', { attempts: [] }],
    ['another choice alone', { attempts: [{ ...sampleAttempt, choice: 1 }] }],
    ['a draft that was not judged', { attempts: [{ ...sampleAttempt, verdicts: [] }] }],
    [
      'the reasoning channel alone',
      { attempts: [{ ...sampleAttempt, verdicts: sampleAttempt.verdicts.slice(1) }] },
    ],
  ])('is none where there is %s', (_, changes) => {
    expect(jobOf(changes)).toBeNull()
  })

  it('weighs what its conversation and its answer weigh', () => {
    const light = aJob()
    const turns = [{ role: 'user', content: 'x'.repeat(10_000) }] as const
    const heavy = { ...light, inquiry: { ...light.inquiry, turns } }
    expect(weightOf(heavy) - weightOf(light)).toBeGreaterThan(9_000)
    expect(weightOf(light)).toBeLessThan(200)
  })
})

describe('what a candidate would have decided', () => {
  const failure: JudgeFailure = { reason: 'judge_empty', channel: 'answer' }

  it.each<[string, Partial<AnswerJudgement>, Partial<CandidateReview>, object]>([
    [
      'the same',
      { verdict: verdictOf(false) },
      { agreement: 'agree', reasons: ['violation:SHM1'] },
      { compared: 1, disagreements: 0, activeMs: 10, candidateMs: 25 },
    ],
    [
      'otherwise',
      { verdict: verdictOf(true) },
      { agreement: 'only_active_fails', reasons: [] },
      { compared: 1, disagreements: 1 },
    ],
    [
      'nothing, for its judge failed',
      { failure },
      { agreement: 'unjudged', failure: 'judge_empty' },
      { compared: 0, judgeFailures: 1 },
    ],
  ])('is kept and counted: %s', async (_, review, row, counts) => {
    const { run, rows, counted } = build(review)
    await run(aJob())
    expect(rows).toEqual([
      {
        transcript: 'tr_1',
        time: 1_800_000_000_000,
        tenant: 'acme',
        policy: 'default',
        version: 7,
        candidate: 'c'.repeat(64),
        sections: ['SHM'],
        reasons: [],
        failure: null,
        ...row,
      },
    ])
    expect(counted()).toMatchObject({ version: 7, reviews: { reviewed: 1, dropped: 0, ...counts } })
  })

  it('is of the policy that callers are to be moved from, where it is another one’s', async () => {
    const { run, rows, counted } = build({ verdict: verdictOf(true) })
    const cohort = exchange.cohort && { ...exchange.cohort, move: { from: 'shop', to: 'default' } }
    await run(aJob({ cohort }))
    expect(rows).toMatchObject([{ policy: 'shop', version: 7, candidate: 'c'.repeat(64) }])
    expect(counted()).toMatchObject({ policy: 'shop', reviews: { compared: 1 } })
  })

  it('leaves counts alone where the caller consents to no more', async () => {
    const { run, rows, counted } = build({ verdict: verdictOf(false) })
    await run(aJob({ principal: createPrincipal({ consent: 'none' }) }))
    expect([rows, counted()?.reviews.compared]).toEqual([[], 1])
  })

  it('is counted though the database does not take it, and nobody is told of a defect', async () => {
    const add = () => Promise.reject(new DatabaseError('unavailable', 'down'))
    const { run, reports, counted } = build(
      { verdict: verdictOf(false) },
      { reviews: { add, list: async () => [] } },
    )
    await run(aJob())
    expect([reports, counted()?.reviews]).toMatchObject([[], { compared: 1, dropped: 0 }])
  })

  it('is dropped and reported, and never rejects, where there is a defect', async () => {
    const { run, reports, counted } = build(() => Promise.reject(new Error('a defect')))
    await expect(run(aJob())).resolves.toBeUndefined()
    expect([reports, counted()?.reviews]).toMatchObject([['req_1'], { reviewed: 0, dropped: 1 }])
  })

  it('is dropped, and no failure of its judge, where the process leaves', async () => {
    const leaving = new AbortController()
    const review: RunCandidatePorts['judgeAnswer'] = ({ signal }) =>
      new Promise((resolve) => {
        const failure: JudgeFailure = { reason: 'judge_timeout', channel: 'answer' }
        const end = () => resolve({ selected: [], verdict: null, failure })
        signal.addEventListener('abort', end)
      })
    const { run, rows, counted } = build(review, { leaving: leaving.signal })
    const running = run(aJob())
    leaving.abort()
    await running
    expect([rows, counted()?.reviews]).toMatchObject([
      [],
      { reviewed: 0, judgeFailures: 0, dropped: 1 },
    ])
  })
})
