/** Placeholders of one row, `[PERSON_1]`: the same value gets the same one, and none that stands there already. Pure. */
import type { NameOf } from './redactor-protocol.ts'

const PLACEHOLDER = /\[[A-Z0-9_]{2,42}_\d{1,6}\]/g

export type RowNames = { readonly nameOf: NameOf; readonly counts: ReadonlyMap<string, number> }

export function createRowNames(texts: readonly string[]): RowNames {
  const taken = new Set(texts.flatMap((text) => text.match(PLACEHOLDER) ?? []))
  const names = new Map<string, string>()
  const last = new Map<string, number>()
  const counts = new Map<string, number>()
  return {
    counts,
    nameOf(said, value) {
      const kind = said.toUpperCase().replace(/[ -]/g, '_')
      const key = `${kind} ${value.toLowerCase()}`
      const known = names.get(key)
      if (known !== undefined) return known
      let name: string
      do {
        const number = (last.get(kind) ?? 0) + 1
        last.set(kind, number)
        name = `[${kind}_${number}]`
      } while (taken.has(name))
      names.set(key, name)
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
      return name
    },
  }
}
