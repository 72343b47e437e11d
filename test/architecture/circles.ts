/** Finds circles in a graph of names: every group of names that reach one another (Tarjan's strongly connected components). */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>

/** Each circle sorted by name; a name that only reaches itself is none. */
export function circlesOf(graph: Graph): readonly (readonly string[])[] {
  const found: string[][] = []
  const index = new Map<string, number>()
  const lowest = new Map<string, number>()
  const stack: string[] = []
  const visit = (name: string): number => {
    const own = index.size
    index.set(name, own)
    let low = own
    stack.push(name)
    for (const next of graph.get(name) ?? []) {
      if (!index.has(next)) low = Math.min(low, visit(next))
      else if (stack.includes(next)) low = Math.min(low, index.get(next) ?? low)
    }
    lowest.set(name, low)
    if (low === own) {
      const group = stack.splice(stack.indexOf(name))
      if (group.length > 1) found.push(group.sort())
    }
    return low
  }
  for (const name of graph.keys()) if (!index.has(name)) visit(name)
  return found
}

/** The graph of what `nameOf` makes of both ends of each pair; pairs of which it makes nothing, or one name, are left out. */
export function graphOf(
  pairs: Iterable<readonly [string, string]>,
  nameOf: (path: string) => string | null,
): Graph {
  const graph = new Map<string, Set<string>>()
  for (const [from, to] of pairs) {
    const [a, b] = [nameOf(from), nameOf(to)]
    if (a === null || b === null || a === b) continue
    graph.set(a, (graph.get(a) ?? new Set()).add(b))
  }
  return graph
}
