import { describe, expect, it } from 'vitest'
import { DEFAULT_GUARD } from '../../../../src/policy/defaults.ts'
import { guardRollout, renderBreach } from '../../../../src/revisions/watching/guard-rails.ts'
import {
  type ArmTally,
  NO_REQUESTS,
  NO_REVIEWS,
  type ReviewTally,
  type RolloutTally,
} from '../../../../src/revisions/watching/instance-report.ts'

const served: ArmTally = {
  requests: 100,
  refused: 8,
  judgeFailures: 2,
  failed: 1,
  totalMs: 10_000,
}
const reviewed: ReviewTally = {
  ...NO_REVIEWS,
  reviewed: 102,
  compared: 100,
  disagreements: 10,
  judgeFailures: 2,
  activeMs: 5_000,
  candidateMs: 6_000,
}

const rollout = (changes: Partial<RolloutTally>): RolloutTally => ({
  policy: 'default',
  version: 3,
  active: served,
  candidate: NO_REQUESTS,
  reviews: NO_REVIEWS,
  ...changes,
})

const verdictOn = (changes: Partial<RolloutTally>, guard = DEFAULT_GUARD) => {
  const { verdict, breaches } = guardRollout(rollout(changes), guard)
  return [verdict, breaches.map(renderBreach)]
}

describe('a candidate that serves callers', () => {
  it.each<[string, Partial<ArmTally>, readonly [string, readonly string[]]]>([
    ['does as well', {}, ['watching', []]],
    ['refuses just as much more as it may', { refused: 18 }, ['watching', []]],
    ['refuses too much', { refused: 31 }, ['breached', ['refusal_rate: 0.31 against 0.08']]],
    ['refuses less', { refused: 0 }, ['watching', []]],
    [
      'meets too many judge failures',
      { judgeFailures: 8 },
      ['breached', ['judge_failure_rate: 0.08 against 0.02']],
    ],
    ['gives no answer too often', { failed: 9 }, ['breached', ['failure_rate: 0.09 against 0.01']]],
    ['takes just as long as it may', { totalMs: 20_000 }, ['watching', []]],
    ['takes too long', { totalMs: 20_001 }, ['breached', ['latency_ratio: 200.01 against 100.00']]],
    [
      'is bad in two ways',
      { refused: 100, totalMs: 30_000 },
      ['breached', ['refusal_rate: 1.00 against 0.08', 'latency_ratio: 300.00 against 100.00']],
    ],
    [
      'is bad, and has served too few',
      { requests: 99, refused: 99, judgeFailures: 99, totalMs: 99_000_000 },
      ['too_few', []],
    ],
  ])('%s', (_, changes, expected) => {
    expect(verdictOn({ candidate: { ...served, ...changes } })).toEqual(expected)
  })

  it('is compared with nothing while the active revision has served too few', () => {
    const candidate = { ...served, refused: 100 }
    expect(verdictOn({ candidate, active: { ...served, requests: 99 } })).toEqual(['too_few', []])
  })

  it('is never held to be slow against requests that took no time', () => {
    expect(verdictOn({ candidate: served, active: { ...served, totalMs: 0 } })).toEqual([
      'watching',
      [],
    ])
  })

  it('is not compared by a guard of no requests before there is one', () => {
    expect(
      verdictOn(
        { active: NO_REQUESTS, candidate: NO_REQUESTS },
        { ...DEFAULT_GUARD, minRequests: 0 },
      ),
    ).toEqual(['too_few', []])
  })
})

describe('a candidate that runs beside', () => {
  it.each<[string, Partial<ReviewTally>, readonly [string, readonly string[]]]>([
    ['agrees for the most part', {}, ['watching', []]],
    ['differs just as often as it may', { disagreements: 20 }, ['watching', []]],
    ['differs too often', { disagreements: 21 }, ['breached', ['disagreement: 0.21 against 0.20']]],
    [
      'cannot judge too often',
      { reviewed: 110, judgeFailures: 10 },
      ['breached', ['judge_failure_rate: 0.09 against 0.02']],
    ],
    [
      'can never judge, so that nothing is compared',
      { reviewed: 100, compared: 0, disagreements: 0, judgeFailures: 100 },
      ['breached', ['judge_failure_rate: 1.00 against 0.02']],
    ],
    [
      'judges too slowly',
      { candidateMs: 11_000 },
      ['breached', ['latency_ratio: 110.00 against 50.00']],
    ],
    ['differs, on too few', { reviewed: 99, compared: 99, disagreements: 99 }, ['too_few', []]],
  ])('%s', (_, changes, expected) => {
    expect(verdictOn({ reviews: { ...reviewed, ...changes } })).toEqual(expected)
  })

  it('is held to no more than the judge is worth: failures of both are no breach', () => {
    const active = { ...served, judgeFailures: 60 }
    const reviews = { ...reviewed, reviewed: 250, judgeFailures: 150 }
    expect(verdictOn({ active, reviews })).toEqual(['watching', []])
  })
})

it('holds a candidate that serves and runs beside to both', () => {
  const candidate = { ...served, refused: 50 }
  const reviews = { ...reviewed, disagreements: 50 }
  expect(verdictOn({ candidate, reviews })).toEqual([
    'breached',
    ['refusal_rate: 0.50 against 0.08', 'disagreement: 0.50 against 0.20'],
  ])
})
