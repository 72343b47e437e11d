/** What whoever keeps the exports of many nights has of them. It runs on Node and on workerd alike. */
import type { JsonObject } from '../../../src/lib/json.ts'

export type Tombstone = {
  readonly id: string
  readonly transcript: string
  readonly reason: string
}

/** The rows of exports that go on from one another, as whoever keeps them has them: by id. */
export function kept(
  nights: readonly {
    readonly rows: readonly JsonObject[]
    readonly tombstones: readonly Tombstone[]
  }[],
): ReadonlyMap<string, JsonObject> {
  const all = new Map<string, JsonObject>()
  for (const { rows, tombstones } of nights) {
    for (const { id } of tombstones) {
      all.delete(JSON.stringify(id))
      // A transcript stands for all its rows.
      for (const key of all.keys()) if (key.startsWith(`"${id}#`)) all.delete(key)
    }
    for (const row of rows) {
      const id = JSON.stringify(row.id)
      if (all.has(id)) throw new Error(`${id} was given twice`)
      all.set(id, whatItSays(row))
    }
  }
  return all
}

/** Without what is null: which keys a file spells out is a matter of the file. */
export function whatItSays(row: JsonObject): JsonObject {
  const said = (_name: string, value: unknown) => (value === null ? undefined : value)
  return JSON.parse(JSON.stringify(row, said)) as JsonObject
}
