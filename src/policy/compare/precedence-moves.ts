/**
 * Which sections have changed their place in the precedence, as the fewest moves that explain it. Pure.
 * A section that others were only moved past is not told: what matters is who prevails over whom now.
 */

import { amountOf, type Steps } from '../../lib/in-turns.ts'

/** Places are counted from 1; null where the section is not there. */
export type PrecedenceMove = {
  readonly section: string
  readonly from: number | null
  readonly to: number | null
  /** The sections it prevails over now, and did not before; none where it is new or gone. */
  readonly gained: readonly string[]
  /** The sections that prevail over it now, and did not before. */
  readonly lost: readonly string[]
}

/** By the new place; after those, what is gone, by the old one. Interrupted after each. */
export function* precedenceInSteps(
  from: readonly string[],
  to: readonly string[],
): Steps<readonly PrecedenceMove[]> {
  const [before, after] = [placesIn(from), placesIn(to)]
  const common = to.filter((id) => before.has(id))
  const unmoved = new Set(longestRising(common.map((id) => before.get(id) ?? 0)))
  const moves: PrecedenceMove[] = []
  for (const section of to) {
    const [old, now] = [before.get(section), after.get(section) ?? 0]
    if (old !== undefined && unmoved.has(old)) continue
    const others = old === undefined ? [] : common.filter((id) => id !== section)
    const wasAbove = (id: string) => (before.get(id) ?? 0) < (old ?? 0)
    const isAbove = (id: string) => (after.get(id) ?? 0) < now
    moves.push({
      section,
      from: old ?? null,
      to: now,
      gained: others.filter((id) => wasAbove(id) && !isAbove(id)),
      lost: others.filter((id) => isAbove(id) && !wasAbove(id)),
    })
    yield amountOf(common.length)
  }
  const gone = from
    .filter((id) => !after.has(id))
    .map((section): PrecedenceMove => {
      return { section, from: before.get(section) ?? null, to: null, gained: [], lost: [] }
    })
  return [...moves, ...gone]
}

/** Places from 1, of each the first. */
function placesIn(order: readonly string[]): ReadonlyMap<string, number> {
  return new Map(order.map((id, index) => [id, index + 1] as const).toReversed())
}

type Run = {
  readonly length: number
  /** How many runs were found before. */
  readonly order: number
  readonly last: number
  readonly before: Run | null
}

/**
 * The longest run of numbers from 1, not necessarily neighbours, that rise; of several the one found first. `longest` is a Fenwick
 * tree (1994): by number, the longest run that ends there or a little below.
 */
function longestRising(numbers: readonly number[]): readonly number[] {
  const highest = numbers.reduce((most, number) => Math.max(most, number), 0)
  const longest: (Run | null)[] = Array.from({ length: highest + 1 }, () => null)
  let found: Run | null = null
  for (const [order, last] of numbers.entries()) {
    let before: Run | null = null
    for (let at = last - 1; at > 0; at -= at & -at) before = longer(before, longest[at] ?? null)
    const run: Run = { length: (before?.length ?? 0) + 1, order, last, before }
    for (let at = last; at <= highest; at += at & -at)
      longest[at] = longer(longest[at] ?? null, run)
    found = longer(found, run)
  }
  const rising: number[] = []
  for (let run = found; run; run = run.before) rising.push(run.last)
  return rising
}

function longer(one: Run | null, other: Run | null): Run | null {
  if (!one || !other) return one ?? other
  const isLonger = other.length > one.length
  const isEarlier = other.length === one.length && other.order < one.order
  return isLonger || isEarlier ? other : one
}
