/**
 * Tool calls put together from whole messages or from pieces of a stream. No I/O; each piece is looked at once.
 * Servers leave out indexes, reuse one for two calls, repeat ids and names, or send arguments as null or as an object.
 * Two calls must never become one: their arguments would run together.
 */

import type { ToolCall } from '../conversation/turn.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { JsonProgress } from '../lib/json-progress.ts'
import { distinctIds, isCallId } from './call-ids.ts'
import { callStateOf, grown } from './carried-fields.ts'
import type { Expectation } from './expectation.ts'
import { countOf, listField, textOf } from './fields.ts'

/** More than any model writes; a reply with more is not read on. */
const MAX_CALLS = 4096

type CallDraft = {
  id: string | null
  readonly kind: ToolCall['kind']
  /** It began like the call before it, without an argument: nothing but that name again, unless arguments follow. */
  readonly isEcho: boolean
  name: string
  readonly pieces: string[]
  progress: JsonProgress
  /** What the provider will want back with it. */
  state: JsonObject
}

/** One entry of a list of calls, whatever form it came in. */
type Piece = {
  readonly index: number | null
  readonly id: string | null
  readonly kind: 'function' | 'custom'
  readonly name: string | null
  /** Of a call that goes on as the other kind than it looks like: only its first piece says which it is. */
  readonly texts: { readonly function: string; readonly custom: string }
  readonly state: JsonObject
}

export class ToolCallDrafts {
  /** The names of the request's tools tell a whole name from a piece of one. */
  readonly #offered: ReadonlySet<string>
  readonly #earlierIds: ReadonlySet<string>
  readonly #drafts: CallDraft[] = []
  /** The latest call by its index, by its id, by both: what a piece may go on with. */
  readonly #latest = new Map<string, CallDraft>()
  #legacy: CallDraft | null = null
  #isOverfull = false

  constructor({ tools, ids }: Pick<Expectation, 'tools' | 'ids'>) {
    this.#offered = tools
    this.#earlierIds = ids
  }

  get isEmpty(): boolean {
    return this.#drafts.length === 0
  }

  /** More calls came than are kept. */
  get isOverfull(): boolean {
    return this.#isOverfull
  }

  /** Takes the calls of a whole message: every entry is a call of its own. */
  addWhole(message: JsonObject): void {
    for (const piece of piecesOf(message)) this.#write(this.#begin(piece.kind), piece)
    this.#addLegacy(message.function_call)
  }

  /** Takes the calls of a delta: an entry begins a call or goes on with one. */
  addPiece(message: JsonObject): void {
    for (const piece of piecesOf(message)) {
      const known = this.#find(piece)
      if (known && !this.#isNew(known, piece)) this.#write(known, piece)
      else this.#write(this.#begin(piece.kind, isEchoOf(known, piece)), piece)
    }
    this.#addLegacy(message.function_call)
  }

  /** The calls in the order they began; `createId` names those that came without an id of their own. */
  finish(createId: () => string): readonly ToolCall[] {
    const calls = this.#written.map(({ id, kind, name, pieces }) => ({
      id: kind === 'legacy' ? '' : id !== null && isCallId(id) ? id : createId(),
      kind,
      name,
      arguments: pieces.join(''),
    }))
    return distinctIds(calls, this.#earlierIds)
  }

  /** What the provider will want back with the calls that were finished, by their ids; those that it wants nothing with are left out. */
  statesOf(finished: readonly ToolCall[]): Readonly<Record<string, JsonObject>> {
    const states = this.#written.map(({ state }, at) => [finished[at]?.id ?? '', state] as const)
    return Object.fromEntries(states.filter(([, state]) => Object.keys(state).length > 0))
  }

  /** What never got a name or an argument was room for a call, not a call. */
  get #written(): readonly CallDraft[] {
    return this.#drafts.filter(
      ({ name, pieces, isEcho }) => pieces.length > 0 || (name !== '' && !isEcho),
    )
  }

  #find({ index, id }: Piece): CallDraft | undefined {
    const same = id === null ? undefined : this.#latest.get(keyOf(index, id))
    return same ?? this.#latest.get(keyOf(index, null))
  }

  /** Whether a piece begins a call, though it could go on with the one it was found to belong to. */
  #isNew(draft: CallDraft, { id, name }: Piece): boolean {
    const hasOtherId = id !== null && draft.id !== null && id !== draft.id
    // Some servers put a new id on every piece: without a name it begins nothing until the call before it is whole.
    const isWhole = draft.kind === 'function' && draft.progress.isClosed
    if (name === null) return hasOtherId && isWhole
    if (hasOtherId) return true
    if (draft.name === '') return false
    if (name === draft.name) return isWhole
    const isName = this.#offered.has(name) && !this.#offered.has(draft.name + name)
    return draft.pieces.length > 0 || isName
  }

  #begin(kind: ToolCall['kind'], isEcho = false): CallDraft {
    const progress = new JsonProgress()
    const draft: CallDraft = { id: null, kind, isEcho, name: '', pieces: [], progress, state: {} }
    if (this.#drafts.length >= MAX_CALLS) this.#isOverfull = true
    else this.#drafts.push(draft)
    return draft
  }

  #write(draft: CallDraft, { index, id, name, texts, state }: Piece): void {
    draft.id ??= id
    draft.state = grown(draft.state, state)
    for (const one of id === null ? [null] : [null, id]) {
      this.#latest.set(keyOf(index, one), draft)
      this.#latest.set(keyOf(null, one), draft)
    }
    if (name !== null) addName(draft, name, this.#offered)
    const text = draft.kind === 'custom' ? texts.custom : texts.function
    if (text !== '') addText(draft, text)
  }

  /** The older form: one call at most, without an id. An empty object is a placeholder beside every answer of some servers. */
  #addLegacy(call: JsonValue | undefined): void {
    if (!isJsonObject(call)) return
    const name = textOf(call.name)
    if (this.#legacy === null && name === null) return
    this.#legacy ??= this.#begin('legacy')
    if (name !== null) addName(this.#legacy, name, this.#offered)
    this.#legacy.state = grown(this.#legacy.state, callStateOf(call))
    addText(this.#legacy, argumentText(call.arguments))
  }
}

function isEchoOf(call: CallDraft | undefined, { id, name, texts }: Piece): boolean {
  const isSame = call?.name === name && (id === null || call?.id === id)
  return isSame && texts.function === ''
}

/** A name may come in pieces, or again with every piece. */
function addName(draft: CallDraft, name: string, offered: ReadonlySet<string>): void {
  const isRepeated = name === draft.name && (offered.has(name) || !offered.has(name + name))
  const mayGrow = draft.pieces.length === 0 || draft.name === ''
  if (mayGrow && !isRepeated) draft.name += name
}

/** Some servers open a call with an empty object before they write its arguments: that is room for them, not a value. */
function addText(draft: CallDraft, text: string): void {
  if (text === '') return
  if (
    draft.kind !== 'custom' &&
    draft.pieces.length === 1 &&
    draft.pieces[0] === '{}' &&
    text.startsWith('{')
  ) {
    draft.pieces.length = 0
    draft.progress = new JsonProgress()
  }
  draft.pieces.push(text)
  draft.progress.push(text)
}

/** A list, or the one entry by itself. */
function piecesOf({ tool_calls: calls }: JsonObject): readonly Piece[] {
  const entries = isJsonObject(calls) ? [calls] : listField(calls)
  return entries.filter(isJsonObject).map(pieceOf)
}

function pieceOf(item: JsonObject): Piece {
  const body = isJsonObject(item.function) ? item.function : {}
  const custom = isJsonObject(item.custom) ? item.custom : {}
  const isCustom = item.type === 'custom' || (textOf(custom.name) !== null && !textOf(body.name))
  return {
    index: countOf(item.index),
    id: textOf(item.id),
    kind: isCustom ? 'custom' : 'function',
    name: textOf(isCustom ? custom.name : body.name),
    texts: { function: argumentText(body.arguments), custom: argumentText(custom.input) },
    state: callStateOf(item),
  }
}

function keyOf(index: number | null, id: string | null): string {
  return `${index ?? ''}\n${id ?? ''}`
}

function argumentText(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
