/** Counts by name, and lines of figures by name: tables that grow with the names alone, and never with what is counted. Pure. */

export type StatCounts = Readonly<Record<string, number>>

/** Of names that others choose, so many are told apart. */
const MAX_NAMES = 500
const OTHERS = 'others'

export function createCounts() {
  const counts = new Map<string, number>()
  return {
    add(name: string, by = 1): void {
      const known = counts.has(name) || counts.size < MAX_NAMES ? name : OTHERS
      counts.set(known, (counts.get(known) ?? 0) + by)
    },
    /** By name. */
    read: (): StatCounts => Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}

export function createLines<Line>(make: () => Line) {
  const lines = new Map<string, Line>()
  return {
    at(name: string): Line {
      const key = lines.has(name) || lines.size < MAX_NAMES ? name : OTHERS
      const line = lines.get(key) ?? make()
      lines.set(key, line)
      return line
    },
    /** By name. */
    all: () => [...lines].sort(([a], [b]) => (a < b ? -1 : 1)),
  }
}
