/** The values in which two plain objects differ, by path. Pure. */
import { canonicalJson, isJsonObject, type JsonValue } from '../../lib/json.ts'
import { compareText } from '../write/problem.ts'

/** One value that differs; null where there is none. */
export type FieldChange = {
  /** Names between dots: `judge.failAt`. */
  readonly path: string
  readonly from: JsonValue
  readonly to: JsonValue
}

/** By path. Lists are compared as wholes. */
export function compareFields(from: object, to: object): readonly FieldChange[] {
  const before = leavesOf(from)
  const after = leavesOf(to)
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort(compareText)
    .map((path) => ({ path, from: before.get(path) ?? null, to: after.get(path) ?? null }))
    .filter((change) => canonicalJson(change.from) !== canonicalJson(change.to))
}

function leavesOf(value: object, prefix = ''): ReadonlyMap<string, JsonValue> {
  const leaves = Object.entries(value as Readonly<Record<string, JsonValue>>).flatMap(
    ([name, item]): (readonly [string, JsonValue])[] => {
      const path = `${prefix}${name}`
      return isJsonObject(item) ? [...leavesOf(item, `${path}.`)] : [[path, item]]
    },
  )
  return new Map(leaves)
}
