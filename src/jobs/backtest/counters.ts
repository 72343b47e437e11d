/** Counts by name, and lines by name: small tables that grow with the names alone. Pure. */

export type Counts = Readonly<Record<string, number>>

/** Of names that others choose (models), so many are told apart. */
const MAX_NAMES = 50

export function createLines<Line>(make: () => Line) {
  const lines = new Map<string, Line>()
  return {
    at(name: string): Line {
      const line = lines.get(name) ?? make()
      lines.set(name, line)
      return line
    },
    /** By name. */
    all: () => [...lines].sort(([a], [b]) => (a < b ? -1 : 1)),
  }
}

export function createCounter() {
  const counts = new Map<string, number>()
  return {
    add(name: string): void {
      const known = counts.has(name) || counts.size < MAX_NAMES ? name : 'others'
      counts.set(known, (counts.get(known) ?? 0) + 1)
    },
    read: (): Counts => Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}
