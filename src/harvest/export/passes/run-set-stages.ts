/**
 * Runs the stages that look at all examples, one after the other, over the index of an export: each sees what those before it
 * left. Holds a byte for each example. I/O through the index alone.
 */

import { createNumbers } from '../../../text/growing.ts'
import type { DropReason, SetStage } from '../../stage.ts'
import type { ExportIndex } from './export-index.ts'

export type Verdicts = {
  /** Why the example at this place is dropped, or null. */
  of(order: number): DropReason | null
}

/** Others run meanwhile. */
const PAUSE_EVERY = 5_000

/** `given`: what earlier exports gave, for the stages that compare. */
export async function runSetStages(
  stages: readonly SetStage[],
  index: ExportIndex,
  given: (() => AsyncIterable<Uint8Array>) | null = null,
): Promise<Verdicts> {
  const marks = createNumbers((length) => new Uint8Array(length))
  const reasons: (DropReason | null)[] = [null]
  const markOf = (reason: DropReason) => {
    const known = reasons.indexOf(reason)
    return known > 0 ? known : reasons.push(reason) - 1
  }
  for (const stage of stages) {
    if (given && stage.remember) for await (const print of given()) stage.remember(print)
    for (const { trace } of index.entries()) {
      if (marks.get(trace.order) === 0) stage.add(trace)
      if (trace.order % PAUSE_EVERY === 0) await pause()
    }
    for (const _ of stage.settle?.() ?? []) await pause()
    for (let order = 0; order < index.size; order++) {
      const reason = marks.get(order) === 0 ? stage.verdict(order) : null
      if (reason !== null) marks.set(order, markOf(reason))
      if (order % PAUSE_EVERY === 0) await pause()
    }
  }
  return { of: (order) => reasons[marks.get(order)] ?? null }
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve)
  })
}
