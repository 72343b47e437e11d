import { describe, expect, it } from 'vitest'
import { findCycles } from '../../../../src/policy/check/find-cycles.ts'

/** `A B C`: A names B and C. */
const namesOf = (...lines: readonly string[]) =>
  new Map(lines.map((line) => line.split(' ')).map(([id = '', ...named]) => [id, named]))

describe('ids that lead back to themselves', () => {
  it.each([
    ['a chain has none', ['A B', 'B C', 'C'], []],
    ['an id that names itself', ['A A', 'B A'], ['A']],
    ['two that name one another', ['A B', 'B A', 'C A'], ['A', 'B']],
    [
      'a longer way round, and nothing that only leads there',
      ['A B', 'B C', 'C D', 'D B'],
      ['B', 'C', 'D'],
    ],
    ['two circles that meet', ['A B', 'B A C', 'C B'], ['A', 'B', 'C']],
    ['two circles apart', ['A B', 'B A', 'C D', 'D C A'], ['A', 'B', 'C', 'D']],
    ['what is named and is not there', ['A X', 'B A'], []],
    ['a way that was gone already', ['A C', 'B C', 'C'], []],
  ])('%s', (_what, lines, cyclic) => {
    expect([...findCycles(namesOf(...lines))].sort()).toEqual(cyclic)
  })

  it('are found at the end of a chain longer than a stack', () => {
    const length = 50_000
    const chain = Array.from({ length }, (_, at): [string, string[]] => [`${at}`, [`${at + 1}`]])
    const circle: [string, string[]] = [`${length}`, [`${length - 1}`]]
    expect([...findCycles(new Map([...chain, circle]))].sort()).toEqual([
      `${length - 1}`,
      `${length}`,
    ])
  })
})
