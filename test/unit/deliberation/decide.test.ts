import { describe, expect, it } from 'vitest'
import type { Verdict } from '../../../src/conversation/outcome.ts'
import { type Budget, decide, type Evidence } from '../../../src/deliberation/decide.ts'
import { createBundle } from './fixtures.ts'

const timings = { firstByteMs: 1, totalMs: 1, tries: 1 }
const passed = (channel: Verdict['channel'], changes: Partial<Verdict> = {}): Verdict => ({
  channel,
  sawReasoning: channel === 'reasoning',
  model: 'm',
  family: null,
  passed: true,
  reasons: [],
  findings: [],
  scores: { helpfulness: 8, style: 8 },
  needlessRefusal: false,
  missingSections: [],
  decision: null,
  usage: null,
  timings,
  ...changes,
})
const failed = (channel: Verdict['channel']) =>
  passed(channel, { passed: false, reasons: ['violation:GEN2'] })

const sound: Evidence = {
  failure: null,
  checks: [{ name: 'leak', passed: true, reason: null }],
  judgement: { verdicts: [passed('answer'), passed('reasoning')], failures: [] },
}
const budget: Budget = { redraftsLeft: 1, fallTo: null, missing: [] }
const spent: Budget = { ...budget, redraftsLeft: 0 }
const unjudged = { reason: 'judge_timeout', channel: 'answer' } as const

const cases: readonly (readonly [string, Partial<Evidence>, Budget, object])[] = [
  ['a sound draft is released', {}, budget, { kind: 'release', reason: null }],
  ['a sound draft is released on a spent budget', {}, spent, { kind: 'release' }],
  [
    'a failed check is drafted again',
    { checks: [{ name: 'leak', passed: false, reason: 'nonce' }] },
    budget,
    { kind: 'redraft', cause: { kind: 'failed' }, reason: 'leak:nonce' },
  ],
  [
    'a failed check is substituted at last',
    { checks: [{ name: 'leak', passed: false, reason: 'nonce' }] },
    spent,
    { kind: 'substitute', reason: 'leak:nonce' },
  ],
  [
    'a failed answer is drafted again',
    { judgement: { verdicts: [failed('answer'), passed('reasoning')], failures: [] } },
    budget,
    { kind: 'redraft' },
  ],
  [
    'a failed answer is substituted at last',
    { judgement: { verdicts: [failed('answer')], failures: [] } },
    spent,
    { kind: 'substitute' },
  ],
  [
    'failed reasoning is substituted at last',
    { judgement: { verdicts: [passed('answer'), failed('reasoning')], failures: [] } },
    spent,
    { kind: 'substitute' },
  ],
  [
    'a failed channel outweighs a review that failed',
    { judgement: { verdicts: [failed('reasoning')], failures: [unjudged] } },
    budget,
    { kind: 'redraft' },
  ],
  [
    'a review that failed blocks',
    { judgement: { verdicts: [passed('reasoning')], failures: [unjudged] } },
    budget,
    { kind: 'fail', failure: unjudged },
  ],
  [
    'no review at all is no pass',
    { judgement: null },
    budget,
    { kind: 'substitute', reason: 'not_reviewed' },
  ],
  [
    'no verdict on the answer is no pass',
    { judgement: { verdicts: [passed('reasoning')], failures: [] } },
    budget,
    { kind: 'substitute' },
  ],
  [
    'a missing section is added first',
    { judgement: { verdicts: [failed('answer')], failures: [] } },
    { ...spent, missing: ['WPN'] },
    { kind: 'redraft', cause: { kind: 'missing', sections: ['WPN'] } },
  ],
  [
    'no boundary falls to another strategy',
    { failure: { reason: 'no_boundary' }, judgement: null },
    { ...spent, fallTo: 'two-pass' },
    { kind: 'redraft', cause: { kind: 'fall', to: 'two-pass' } },
  ],
  [
    'no boundary is drafted again',
    { failure: { reason: 'no_boundary' }, judgement: null },
    budget,
    { kind: 'redraft', cause: { kind: 'failed' } },
  ],
  [
    'no boundary fails at last',
    { failure: { reason: 'no_boundary' }, judgement: null },
    spent,
    { kind: 'fail', failure: { reason: 'no_boundary' } },
  ],
]

describe('deciding', () => {
  it.each(cases)('%s', (_, changes, given, step) => {
    expect(decide({ ...sound, ...changes }, given, createBundle())).toMatchObject(step)
  })

  it('never releases what failed a check or a gating channel, over every combination', () => {
    const bundles = (['gate', 'record', 'off'] as const).flatMap((reasoning) =>
      (['block', 'substitute', 'release'] as const).map((onFailure) =>
        createBundle({ judge: { reasoning, onFailure } }),
      ),
    )
    const states = ['pass', 'fail', 'unjudged', 'absent'] as const
    for (const bundle of bundles) {
      for (const answer of states) {
        for (const reasoning of states) {
          for (const check of [true, false]) {
            for (const left of [0, 1]) {
              const list = [['answer', answer] as const, ['reasoning', reasoning] as const]
              const examined: Evidence = {
                failure: null,
                checks: [{ name: 'leak', passed: check, reason: null }],
                judgement: {
                  verdicts: list.flatMap(([channel, state]) =>
                    state === 'pass'
                      ? [passed(channel)]
                      : state === 'fail'
                        ? [failed(channel)]
                        : [],
                  ),
                  failures: list.flatMap(([channel, state]) =>
                    state === 'unjudged' ? [{ reason: 'judge_cut' as const, channel }] : [],
                  ),
                },
              }
              const step = decide(examined, { ...budget, redraftsLeft: left }, bundle)
              if (step.kind !== 'release') continue
              const gates = bundle.judge.reasoning === 'gate'
              expect(check).toBe(true)
              expect(answer).not.toBe('fail')
              if (gates) expect(reasoning).not.toBe('fail')
              if (answer !== 'pass') expect(bundle.judge.onFailure).toBe('release')
            }
          }
        }
      }
    }
  })
})
