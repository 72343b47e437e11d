/** A store of state in memory, sealed by nothing. */
import { DatabaseError } from '../../src/database/database.ts'
import type { StateEntry, StatePlace, StateStore } from '../../src/state/store.ts'

export type MemoryStore = Pick<StateStore, 'put' | 'get' | 'delete'> & {
  readonly entries: Map<string, StateEntry>
  /** Whether it is out of reach. */
  isAway: boolean
  now: number
}

export function memoryStore(now: number): MemoryStore {
  const entries = new Map<string, StateEntry>()
  const nameOf = ({ tenant, kind }: StatePlace, key: string) => JSON.stringify([tenant, kind, key])
  const reach = () => {
    if (store.isAway) throw new DatabaseError('unavailable', 'away')
  }
  const store: MemoryStore = {
    entries,
    isAway: false,
    now,
    async put(added) {
      reach()
      for (const entry of added) entries.set(nameOf(entry, entry.key), structuredClone(entry))
    },
    async get(place, keys) {
      reach()
      return new Map(
        keys.flatMap((key) => {
          const entry = entries.get(nameOf(place, key))
          return entry && entry.expires > store.now ? [[key, structuredClone(entry)] as const] : []
        }),
      )
    },
    async delete(place, key) {
      reach()
      return entries.delete(nameOf(place, key))
    },
  }
  return store
}
