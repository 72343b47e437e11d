/** The first fault of a body by a table of checks, as it is told to a client. Pure; it quotes no content. */
import type { JsonObject } from '../lib/json.ts'
import type { FieldCheck } from './checks.ts'
import type { RequestFault } from './door.ts'

export type NamedCheck = readonly [name: string, check: FieldCheck]

/** The checks of a table of parameters, in its order. */
export function checksOf(
  table: Readonly<Record<string, { readonly check?: FieldCheck }>>,
): readonly NamedCheck[] {
  return Object.entries(table).flatMap(([name, { check }]) => (check ? [[name, check]] : []))
}

/** What is missing, else what does not pass; null where nothing is at fault. A field that is null is not set. */
export function firstFault(
  body: JsonObject,
  required: readonly string[],
  checks: readonly NamedCheck[],
): RequestFault | null {
  for (const name of required) {
    if (body[name] === undefined || body[name] === null) {
      return { param: name, message: `Send ${name}: it is missing` }
    }
  }
  for (const [name, check] of checks) {
    const value = body[name]
    if (value === undefined || value === null) continue
    const found = check(value)
    if (found) {
      const param = `${name}${found.at}`
      return { param, message: `Change ${param}: it must be ${found.wants}, not ${found.found}` }
    }
  }
  return null
}
