/**
 * Tool calls put together from whole messages or from pieces of a stream. No I/O.
 * Servers leave out indexes, reuse one for two calls, repeat ids and names, or send arguments as null or as an object.
 */

import type { ToolCall } from '../conversation/turn.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { countOf, listField, textOf } from './fields.ts'

type CallDraft = {
  readonly index: number | null
  readonly id: string | null
  readonly kind: ToolCall['kind']
  name: string
  readonly pieces: string[]
}

export class ToolCallDrafts {
  readonly #drafts: CallDraft[] = []

  get isEmpty(): boolean {
    return this.#drafts.length === 0
  }

  /** Takes `tool_calls` and the older `function_call` of one message or delta. */
  add(message: JsonObject): void {
    for (const item of listField(message.tool_calls)) if (isJsonObject(item)) this.#addCall(item)
    const legacy = message.function_call
    if (isJsonObject(legacy)) this.#addLegacy(legacy)
  }

  /** The calls in the order they began; `createId` names those that came without an id. */
  finish(createId: () => string): readonly ToolCall[] {
    return this.#drafts.map(({ id, kind, name, pieces }) => ({
      id: kind === 'legacy' ? '' : (id ?? createId()),
      kind,
      name,
      arguments: pieces.join(''),
    }))
  }

  #addCall(item: JsonObject): void {
    const body = isJsonObject(item.function) ? item.function : {}
    const custom = isJsonObject(item.custom) ? item.custom : {}
    const isCustom = item.type === 'custom' || (textOf(custom.name) !== null && !textOf(body.name))
    const name = textOf(isCustom ? custom.name : body.name)
    const key = { index: countOf(item.index), id: textOf(item.id), name }
    const draft = this.#find(key) ?? this.#begin(key, isCustom ? 'custom' : 'function')
    if (draft.name === '') draft.name = name ?? ''
    // Only the first piece of a call says which kind it is.
    draft.pieces.push(argumentText(draft.kind === 'custom' ? custom.input : body.arguments))
  }

  #addLegacy(call: JsonObject): void {
    const name = textOf(call.name)
    const known = this.#drafts.find((draft) => draft.kind === 'legacy')
    // An empty object is a placeholder that some servers put beside every answer.
    if (!known && name === null) return
    const draft = known ?? this.#begin({ index: null, id: null, name }, 'legacy')
    if (draft.name === '') draft.name = name ?? ''
    draft.pieces.push(argumentText(call.arguments))
  }

  /** The call that a piece goes on with: the last of its index or id, unless the piece brings both a new id and a name. */
  #find(key: { index: number | null; id: string | null; name: string | null }) {
    const { index, id, name } = key
    const last = this.#drafts.findLast(
      (draft) => draft.kind !== 'legacy' && (index === null || draft.index === index),
    )
    const isNew = name !== null && (id === null ? index === null : id !== last?.id)
    return isNew ? this.#drafts.find((draft) => id !== null && draft.id === id) : last
  }

  #begin(
    key: { index: number | null; id: string | null; name: string | null },
    kind: ToolCall['kind'],
  ): CallDraft {
    const draft: CallDraft = { index: key.index, id: key.id, kind, name: '', pieces: [] }
    this.#drafts.push(draft)
    return draft
  }
}

function argumentText(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
