/**
 * What a provider wants back, as it is sealed and opened again. Pure. One of the few files that reveal it: what comes out goes into a
 * seal and nowhere else.
 */
import type { Carried, ProviderState } from '../conversation/carried.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { Opaque, reveal } from '../lib/opaque.ts'

/** Who wrote a turn: what one model server wants back means nothing to another, and may be refused there. */
export type Writer = { readonly upstream: string; readonly model: string }

export function isSameWriter(one: Writer, other: Writer): boolean {
  return one.upstream === other.upstream && one.model === other.model
}

/** A turn's state with its writer, to be sealed; null where it is longer than `maxLength` characters. */
export function packState(carried: Carried, writer: Writer, maxLength: number): JsonObject | null {
  const state = reveal(carried)
  const packed = { writer, state }
  return JSON.stringify(packed).length > maxLength ? null : packed
}

export type UnpackedState = { readonly carried: Carried; readonly writer: Writer }

/** What was packed; null for anything else, as another version may have sealed it. */
export function unpackState(packed: JsonValue): UnpackedState | null {
  if (!isJsonObject(packed)) return null
  const { writer, state } = packed
  if (!isJsonObject(writer) || !isJsonObject(state)) return null
  const { upstream, model } = writer
  const { fields, calls, items } = state
  const isWriter = typeof upstream === 'string' && typeof model === 'string'
  if (!isWriter || !isJsonObject(fields) || !isJsonObject(calls) || !Array.isArray(items))
    return null
  return {
    carried: new Opaque({ fields, calls, items } as ProviderState),
    writer: { upstream, model },
  }
}

/** Several states of one turn as one: a client may carry it in pieces. */
export function joinStates(states: readonly Carried[]): Carried {
  const [first, ...rest] = states.map((carried) => reveal(carried))
  const joined = rest.reduce<ProviderState>(
    (all, next) => ({
      fields: { ...all.fields, ...next.fields },
      calls: { ...all.calls, ...next.calls },
      items: [...all.items, ...next.items],
    }),
    first ?? { fields: {}, calls: {}, items: [] },
  )
  return new Opaque(joined)
}
