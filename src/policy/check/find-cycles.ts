/**
 * Which ids lead back to themselves by what each names. Pure, and in time that grows with ids and names alone (Tarjan 1972, without
 * recursion: a chain may be longer than a stack is deep).
 */

type Visit = { readonly id: string; readonly order: number; at: number; lowest: number }

/** An id that only names itself is one too. */
export function findCycles(names: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const cyclic = new Set<string>()
  const orders = new Map<string, number>()
  /** What was reached and belongs to no finished group yet. */
  const open: string[] = []
  const isOpen = new Set<string>()
  const visits: Visit[] = []
  const enter = (id: string) => {
    const order = orders.size
    orders.set(id, order)
    open.push(id)
    isOpen.add(id)
    visits.push({ id, order, at: 0, lowest: order })
  }
  const leave = ({ id, order, lowest }: Visit) => {
    const below = visits.at(-1)
    if (below) below.lowest = Math.min(below.lowest, lowest)
    if (lowest < order) return
    const group = open.splice(open.lastIndexOf(id))
    for (const one of group) isOpen.delete(one)
    if (group.length > 1 || names.get(id)?.includes(id)) for (const one of group) cyclic.add(one)
  }
  for (const root of names.keys()) {
    if (!orders.has(root)) enter(root)
    for (let visit = visits.at(-1); visit; visit = visits.at(-1)) {
      const next = names.get(visit.id)?.[visit.at++]
      if (next === undefined) leave(visits.pop() ?? visit)
      else if (!orders.has(next)) enter(next)
      else if (isOpen.has(next)) visit.lowest = Math.min(visit.lowest, orders.get(next) ?? 0)
    }
  }
  return cyclic
}
