import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  FAILURES,
  meaningOf,
  meaningOfCall,
  STORAGE_FAILURES,
} from '../../../src/conversation/failures.ts'
import type { ModelFailure } from '../../../src/conversation/model.ts'
import { Opaque } from '../../../src/lib/opaque.ts'

const rejected = (status: number, code: string | null = null): ModelFailure => ({
  reason: 'model_rejected',
  status,
  code,
  param: null,
  detail: new Opaque(''),
  headers: {},
})

describe('the table of failures', () => {
  it('has an entry for every class that the page on outcomes tells of', () => {
    const page = readFileSync('deploy/outcomes.md', 'utf8')
    const told = [...page.matchAll(/failed: ([a-z_]+)/g)].map(([, reason]) => reason ?? '')
    expect(told.length).toBeGreaterThan(50)
    expect([...new Set(told)].filter((reason) => !(reason in FAILURES))).toEqual([])
  })

  it('bids no app try again what a draft was paid for', () => {
    const paid = Object.entries(FAILURES).filter(([, { heart }]) => heart !== 'end')
    expect(paid.length).toBe(18)
    expect(paid.filter(([, { appRetries }]) => appRetries)).toEqual([])
    expect(STORAGE_FAILURES.storage_unavailable.appRetries).toBe(true)
  })

  it('never makes a failed call, of whatever kind, a verdict', () => {
    const calls = Object.values(FAILURES).filter((meaning) => 'asJudge' in meaning)
    expect(calls.length).toBe(12)
    expect(calls.every(({ asJudge }) => FAILURES[asJudge].heart === 'policy')).toBe(true)
  })
})

describe('a rejection', () => {
  it.each([
    [400, null, 'upstream_rejected', { batch: 'permanent', callersOwn: false, calledAgain: false }],
    [404, null, 'upstream_rejected', { batch: 'fatal', callersOwn: true, calledAgain: false }],
    [408, null, 'upstream_rejected', { batch: 'transient', callersOwn: true, calledAgain: true }],
    [409, null, 'upstream_rejected', { batch: 'transient', callersOwn: true, calledAgain: true }],
    [413, null, 'upstream_rejected', { batch: 'permanent', callersOwn: false, calledAgain: false }],
    [422, null, 'upstream_rejected', { batch: 'permanent', callersOwn: false, calledAgain: false }],
    [425, null, 'upstream_rejected', { batch: 'transient', callersOwn: true, calledAgain: false }],
    [429, null, 'rate_limited', { batch: 'transient', callersOwn: true, calledAgain: true }],
    [500, null, 'upstream_error', { batch: 'transient', callersOwn: false, calledAgain: false }],
  ] as const)('with status %i and code %s is %s', (status, word, code, expected) => {
    expect(meaningOfCall(rejected(status, word))).toMatchObject({ ...expected, code, heart: 'end' })
  })

  it.each([
    ['context_length_exceeded', 'context_length_exceeded', 'permanent', false],
    ['content_policy_violation', 'content_filter', 'permanent', false],
    ['model_not_found', 'model_not_found', 'fatal', false],
    ['insufficient_quota', 'insufficient_quota', 'fatal', false],
    ['rate_limit_exceeded', 'rate_limited', 'transient', true],
    ['upstream_overloaded', 'upstream_overloaded', 'transient', true],
  ])('for %s is %s whatever its status', (word, code, batch, calledAgain) => {
    for (const status of [400, 429, 500]) {
      expect(meaningOfCall(rejected(status, word))).toMatchObject({ code, batch, calledAgain })
    }
  })

  it.each([
    ['content_filter', 'judge_filtered'],
    ['content_policy_violation', 'judge_filtered'],
    ['context_length_exceeded', 'judge_rejected'],
  ])('of the judge for %s is %s', (code, asJudge) => {
    expect(meaningOfCall(rejected(400, code)).asJudge).toBe(asJudge)
  })
})

describe('what depends on more than the reason', () => {
  it.each<[ModelFailure, object]>([
    [
      { reason: 'aborted', by: 'client' },
      { code: 'client_closed', batch: 'stopped', callersOwn: true, asJudge: 'judge_timeout' },
    ],
    [
      { reason: 'aborted', by: 'deadline' },
      { code: 'deadline_exceeded', batch: 'transient', callersOwn: false },
    ],
    [{ reason: 'model_timeout', phase: 'connect' }, { calledAgain: true }],
    [{ reason: 'model_timeout', phase: 'idle' }, { calledAgain: false }],
    [{ reason: 'model_error_status', status: 503 }, { calledAgain: true }],
    [{ reason: 'model_error_status', status: 302 }, { calledAgain: false }],
  ])('%j', (failure, expected) => {
    expect(meaningOf(failure)).toMatchObject(expected)
  })
})
