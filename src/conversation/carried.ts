/**
 * What a provider wants back with an assistant's turn: thought signatures, reasoning of its own, encrypted items. Types.
 * Opaque, because it may be reasoning: no wire format that answers a client may open it.
 */
import type { JsonArray, JsonObject } from '../lib/json.ts'
import type { Opaque } from '../lib/opaque.ts'

/** The provider's own fields, verbatim. */
export type ProviderState = {
  /** Of the message, by name, as `reasoning_content`. */
  readonly fields: JsonObject
  /** Of its tool calls, by the call's id and then by name, as `extra_content`. */
  readonly calls: Readonly<Record<string, JsonObject>>
  /** Items or blocks of their own that stand before what was said, in their order. */
  readonly items: JsonArray
}

export type Carried = Opaque<ProviderState>

/** What a client carries for the gateway, as it sent it: only the gateway can open it. */
export type SealedByGateway = {
  readonly token: string
  /** Where in the request it stands. */
  readonly param: string
}
