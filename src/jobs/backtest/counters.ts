/** Counts by name: a small table that grows with the names alone. Pure. */
import type { Counts } from '../../harvest/export/tally.ts'

/** Of names that others choose (models), so many are told apart. */
const MAX_NAMES = 50

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
