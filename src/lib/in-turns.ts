/** Long work in steps: all at once, or a few in each turn of the event loop, so that others' requests go on meanwhile. */

/** It yields where it may be interrupted. */
export type Steps<Value> = Generator<void, Value>

/** Few enough that a turn takes some milliseconds. */
const STEPS_A_TURN = 4

export function atOnce<Value>(steps: Steps<Value>): Value {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

export async function inTurns<Value>(steps: Steps<Value>): Promise<Value> {
  for (let count = 1; ; count++) {
    const step = steps.next()
    if (step.done) return step.value
    if (count % STEPS_A_TURN === 0) await nextTurn()
  }
}

/** Resolves once all else that is due has had its turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}
