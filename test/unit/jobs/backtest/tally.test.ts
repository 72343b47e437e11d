import { describe, expect, it } from 'vitest'
import type { Side } from '../../../../src/jobs/backtest/replay.ts'
import { createTally, type Finished } from '../../../../src/jobs/backtest/tally.ts'

const side = (...grounds: string[]): Side => {
  return { kind: 'verdict', passed: grounds.length === 0, grounds, model: 'm', source: 'asked' }
}
const failure: Side = { kind: 'failure', reason: 'judge_timeout' }

function replayed(
  id: string,
  changes: { from?: string[]; to?: string[]; judged?: readonly [Side, Side] } = {},
): Finished {
  const { from = [], to = [], judged } = changes
  return {
    kind: 'replayed',
    id,
    labelled: false,
    selected: { from, to },
    judged: judged ? { from: judged[0], to: judged[1] } : null,
  }
}

function add(items: readonly Finished[], options = { examples: 2, judged: true }) {
  const tally = createTally(options)
  for (const item of items) tally.add(item)
  return tally.read()
}

describe('the sum of a backtest', () => {
  it('counts what was skipped by its reason', () => {
    const skipped = (id: string, reason: 'no_consent' | 'unreadable'): Finished => {
      return { kind: 'skipped', id, reason }
    }
    const figures = add([
      skipped('a', 'no_consent'),
      skipped('b', 'unreadable'),
      skipped('c', 'no_consent'),
      replayed('d'),
    ])
    expect(figures).toMatchObject({ replayed: 1, skipped: { no_consent: 2, unreadable: 1 } })
  })

  it('tells which sections come up and leave, with examples', () => {
    const { selection } = add([
      replayed('a', { from: ['GEN'], to: ['GEN', 'SHM'] }),
      replayed('b', { from: ['GEN', 'CYB'], to: ['GEN'] }),
      replayed('c', { from: ['GEN'], to: ['GEN'] }),
    ])
    const none = { count: 0, ids: [] }
    expect(selection).toEqual({
      changed: 2,
      sections: [
        { section: 'CYB', from: 1, to: 0, cameUp: none, left: { count: 1, ids: ['b'] } },
        { section: 'GEN', from: 3, to: 3, cameUp: none, left: none },
        { section: 'SHM', from: 0, to: 1, cameUp: { count: 1, ids: ['a'] }, left: none },
      ],
    })
  })

  it('tells which decisions change, by section, among drafts with a verdict under both', () => {
    const { judging } = add([
      replayed('a', { judged: [side(), side('SHM', 'score:style')] }),
      replayed('b', { judged: [side('SHM'), side()] }),
      replayed('c', { judged: [side('SHM'), side('GEN')] }),
      replayed('d', { judged: [side('SHM'), side('SHM')] }),
      replayed('e', { judged: [side(), side()] }),
      replayed('f', { judged: [side(), failure] }),
      replayed('g'),
    ])
    const none = { count: 0, ids: [] }
    expect(judging).toMatchObject({
      compared: 5,
      withoutDraft: 1,
      failing: { from: 3, to: 3 },
      nowFails: 1,
      nowPasses: 1,
      otherGrounds: { count: 1, ids: ['c'] },
      failures: { from: {}, to: { judge_timeout: 1 } },
      sources: { asked: 11 },
      grounds: [
        { ground: 'GEN', from: 0, to: 1, nowFails: none, nowPasses: none },
        { ground: 'SHM', from: 3, to: 2, nowFails: { ids: ['a'] }, nowPasses: { ids: ['b'] } },
        { ground: 'score:style', from: 0, to: 1, nowFails: { ids: ['a'] }, nowPasses: none },
      ],
    })
  })

  it('keeps the same few examples in whatever order they come', () => {
    const items = ['d', 'a', 'c', 'b'].map((id) => replayed(id, { to: ['SHM'] }))
    const expected = { count: 4, ids: ['a', 'b'] }
    expect(add(items).selection.sections[0]?.cameUp).toEqual(expected)
    expect(add(items.toReversed()).selection.sections[0]?.cameUp).toEqual(expected)
  })

  it('says nothing of decisions where no judge was asked', () => {
    expect(add([replayed('a')], { examples: 2, judged: false }).judging).toBeNull()
  })
})
