/**
 * Long work in steps: all at once, or as much as fits into each turn of the event loop, so that others' requests go on meanwhile,
 * and no more of it than a budget has. Amounts are counted and not timed: a clock stands still on the edge while something is
 * computed, and runs ahead on a busy machine.
 */
import { fail, type Result, succeed } from './result.ts'

/** It yields where it may be interrupted: how much was done since, in thousands of characters read or of things looked at. */
export type Steps<Value> = Generator<number, Value>

/** Some milliseconds of work. */
const TURN_AMOUNT = 8

export function atOnce<Value>(steps: Steps<Value>): Value {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

export async function inTurns<Value>(steps: Steps<Value>): Promise<Value> {
  const done = await withinBudget(steps, Number.POSITIVE_INFINITY)
  if (!done.ok) throw new Error('No budget is too small for all')
  return done.value
}

/** In turns, and given up once it has taken more than the budget: the failure is what it had taken by then. */
export async function withinBudget<Value>(
  steps: Steps<Value>,
  budget: number,
): Promise<Result<Value, number>> {
  let taken = 0
  let ofTurn = 0
  for (;;) {
    const step = steps.next()
    if (step.done) return succeed(step.value)
    taken += step.value
    ofTurn += step.value
    if (taken > budget) return fail(taken)
    if (ofTurn < TURN_AMOUNT) continue
    ofTurn = 0
    await nextTurn()
  }
}

/** How much a step does that reads so many characters, or looks at so many things. */
export function amountOf(count: number): number {
  return 1 + count / 1000
}

/** Resolves once all else that is due has had its turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}
