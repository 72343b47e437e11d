/** A request of the Responses contract, read by its door. */
import type { JsonObject } from '../../../../src/lib/json.ts'
import type { Asked, AskOptions } from '../../../../src/wire/door.ts'
import { responsesDoor } from '../../../../src/wire/responses/responses-door.ts'

export const BASE = { model: 'm', input: 'hello' }

export function read(fields: JsonObject, options: Partial<AskOptions> = {}) {
  return responsesDoor.read({ ...BASE, ...fields }, { mode: 'enforce', ...options })
}

/** @throws Error with the message for the client where it is refused. */
export function ask(fields: JsonObject, options?: Partial<AskOptions>): Asked {
  const asked = read(fields, options)
  if (!asked.ok) throw new Error(asked.failure.message)
  return asked.value
}

/** Why a request is refused; null where it is not. */
export function refusal(fields: JsonObject, options?: Partial<AskOptions>) {
  const asked = read(fields, options)
  return asked.ok ? null : asked.failure
}
