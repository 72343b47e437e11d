/**
 * Which sections have changed their place in the precedence, as the fewest moves that explain it. Pure.
 * A section that others were only moved past is not told: what matters is who prevails over whom now.
 */

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

/** By the new place; after those, what is gone, by the old one. */
export function comparePrecedence(
  from: readonly string[],
  to: readonly string[],
): readonly PrecedenceMove[] {
  const common = to.filter((id) => from.includes(id))
  const unmoved = longestRising(common.map((id) => from.indexOf(id))).map((place) => from[place])
  const prevails = (order: readonly string[], one: string, other: string) =>
    order.indexOf(one) < order.indexOf(other)
  const there = to
    .filter((id) => !unmoved.includes(id))
    .map((section): PrecedenceMove => {
      const others = from.includes(section) ? common.filter((id) => id !== section) : []
      return {
        section,
        from: placeOf(from, section),
        to: placeOf(to, section),
        gained: others.filter((id) => prevails(to, section, id) && prevails(from, id, section)),
        lost: others.filter((id) => prevails(to, id, section) && prevails(from, section, id)),
      }
    })
  const gone = from
    .filter((id) => !to.includes(id))
    .map((section): PrecedenceMove => {
      return { section, from: placeOf(from, section), to: null, gained: [], lost: [] }
    })
  return [...there, ...gone]
}

function placeOf(order: readonly string[], id: string): number | null {
  const index = order.indexOf(id)
  return index < 0 ? null : index + 1
}

/** The longest run of numbers, not necessarily neighbours, that rise. */
function longestRising(numbers: readonly number[]): readonly number[] {
  const runs: (readonly number[])[] = []
  for (const number of numbers) {
    const before = runs.filter((run) => (run.at(-1) ?? 0) < number)
    runs.push([...longest(before), number])
  }
  return longest(runs)
}

function longest(runs: readonly (readonly number[])[]): readonly number[] {
  return runs.reduce((best, run) => (run.length > best.length ? run : best), [])
}
