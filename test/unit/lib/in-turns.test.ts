import { describe, expect, it } from 'vitest'
import {
  amountOf,
  atOnce,
  inTurns,
  nextTurn,
  type Steps,
  withinBudget,
} from '../../../src/lib/in-turns.ts'
import { fail, succeed } from '../../../src/lib/result.ts'

function* stepsOf(count: number, amount: number): Steps<number> {
  let taken = 0
  for (; taken < count; taken++) yield amount
  return taken
}

/** How many turns of the event loop others get until the work is done. */
async function turnsWhile(work: Promise<unknown>): Promise<number> {
  let turns = 0
  let isOver = false
  const others = (async () => {
    for (; !isOver; turns++) await nextTurn()
  })()
  await work
  isOver = true
  await others
  return turns
}

describe('long work', () => {
  it('gives the same at once and in turns', async () => {
    expect(atOnce(stepsOf(100, 1))).toBe(100)
    expect(await inTurns(stepsOf(100, 1))).toBe(100)
  })

  it.each([
    ['small steps', 800, 0.1],
    ['steps of a thousand characters', 80, 1],
    ['steps that fill a turn', 10, 8],
  ])(
    'lets others go on as often by %s: it is the amount that counts',
    async (_of, count, amount) => {
      const turns = await turnsWhile(inTurns(stepsOf(count, amount)))
      expect(turns).toBeGreaterThanOrEqual(9)
      expect(turns).toBeLessThanOrEqual(12)
    },
  )

  it('is given up where it takes more than its budget, and tells what it took', async () => {
    expect(await withinBudget(stepsOf(100, 3), 10)).toEqual(fail(12))
    expect(await withinBudget(stepsOf(3, 3), 10)).toEqual(succeed(3))
  })

  it('does no step beyond its budget', async () => {
    let steps = 0
    function* endless(): Steps<never> {
      for (;;) {
        steps++
        yield 1
      }
    }
    expect(await withinBudget(endless(), 20)).toEqual(fail(21))
    expect(steps).toBe(21)
  })

  it('counts something for every step, however little it read', () => {
    expect([amountOf(0), amountOf(5_000)]).toEqual([1, 6])
  })
})
