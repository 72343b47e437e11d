/**
 * A reply of the Responses contract put together, from a whole body or from events, and read as the chat completion it would be.
 * No I/O. Items that servers leave out of their last event are taken from the events before it.
 */
import type { ModelFailure } from '../../conversation/model.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import { withItems } from '../carried-fields.ts'
import { CompletionDraft } from '../completion-draft.ts'
import type { FinishOptions, ModelReply, ReplyDraft } from '../dialect.ts'
import type { Expectation } from '../expectation.ts'
import { countOf, listField, textOf } from '../fields.ts'
import { refusedWithin } from '../refused-call.ts'
import { completionOf } from './read-response.ts'

/** More items than any answer has, and more pieces than any item. */
const MAX_ENTRIES = 1 << 18

/** The events after which a response does not change any more. */
const ENDS: ReadonlySet<JsonValue | undefined> = new Set([
  'response.completed',
  'response.done',
  'response.failed',
  'response.incomplete',
])

/** What the pieces of an item become, by the event that brings them. */
const PIECES: Readonly<Record<string, 'text' | 'refusal' | 'arguments' | 'input' | 'reasoning'>> = {
  'response.output_text.delta': 'text',
  'response.refusal.delta': 'refusal',
  'response.function_call_arguments.delta': 'arguments',
  'response.custom_tool_call_input.delta': 'input',
  'response.reasoning_text.delta': 'reasoning',
  'response.reasoning.delta': 'reasoning',
}

type ItemDraft = {
  /** As it was announced; as it was when it was done, once that is told. */
  item: JsonObject
  isWhole: boolean
  readonly pieces: Map<string, string[]>
}

export class ResponsesDraft implements ReplyDraft {
  readonly #completion: CompletionDraft
  readonly #items = new Map<number, ItemDraft>()
  #response: JsonObject | null = null
  #entries = 0
  #hasEnded = false

  constructor(expected: Expectation) {
    this.#completion = new CompletionDraft(expected)
  }

  get failure(): ModelFailure | null {
    return this.#completion.failure
  }

  get hasBegun(): boolean {
    return this.#items.size > 0 || this.#hasEnded
  }

  get isComplete(): boolean {
    return this.#hasEnded
  }

  isAnswer({ output, status, error }: JsonObject): boolean {
    return Array.isArray(output) || (typeof status === 'string' && isJsonObject(error))
  }

  add(object: JsonObject, kind: 'piece' | 'whole'): void {
    if (kind === 'whole') this.#end(object)
    else if (object.type === 'error' || (object.type === undefined && object.error)) {
      this.fail(refusedWithin(object.error ?? object))
    } else if (ENDS.has(object.type) && isJsonObject(object.response)) this.#end(object.response)
    else this.#piece(object)
  }

  /** `[DONE]`, which this contract does not have, ends nothing that is not at its end. */
  done(): void {}

  fail(failure: ModelFailure): void {
    this.#completion.fail(failure)
  }

  finish(options: FinishOptions): Result<ModelReply, ModelFailure> {
    if (this.failure) return fail(this.failure)
    if (!this.#response) return fail({ reason: 'model_cut' })
    const output = listField(this.#response.output)
    const items = output.length > 0 ? output.filter(isJsonObject) : this.#gathered()
    this.#completion.add(completionOf(this.#response, items), 'whole')
    const reply = this.#completion.finish({ ...options, wasStream: false })
    return reply.ok ? succeed(withItems(reply.value, items.filter(isWantedBack))) : reply
  }

  #end(response: JsonObject): void {
    this.#hasEnded = true
    this.#response = response
    const { error, status } = response
    if (isJsonObject(error)) this.fail(refusedWithin(error))
    else if (status === 'failed') this.fail({ reason: 'model_error_in_body', code: null })
    else if (status !== undefined && status !== 'completed' && status !== 'incomplete') {
      this.fail({ reason: 'model_cut' })
    }
  }

  #piece(event: JsonObject): void {
    this.#entries++
    if (this.#entries > MAX_ENTRIES) {
      this.fail({ reason: 'model_unreadable', detail: 'too_many_entries' })
      return
    }
    const type = textOf(event.type) ?? ''
    const index = countOf(event.output_index) ?? this.#items.size
    if (type === 'response.output_item.added' && isJsonObject(event.item)) {
      this.#items.set(index, { item: event.item, isWhole: false, pieces: new Map() })
    } else if (type === 'response.output_item.done' && isJsonObject(event.item)) {
      this.#items.set(index, { item: event.item, isWhole: true, pieces: new Map() })
    } else {
      const name = Object.hasOwn(PIECES, type) ? PIECES[type] : undefined
      const text = textOf(event.delta)
      if (name && text !== null) this.#grow(index, name, text)
    }
  }

  #grow(index: number, name: string, text: string): void {
    const draft: ItemDraft = this.#items.get(index) ?? {
      item: { type: name === 'reasoning' ? 'reasoning' : 'message' },
      isWhole: false,
      pieces: new Map(),
    }
    this.#items.set(index, draft)
    const pieces = draft.pieces.get(name)
    if (pieces) pieces.push(text)
    else draft.pieces.set(name, [text])
  }

  #gathered(): readonly JsonObject[] {
    const drafts = [...this.#items].sort(([one], [other]) => one - other)
    return drafts.map(([, draft]) => (draft.isWhole ? draft.item : grown(draft)))
  }
}

/** Reasoning that can be read again: a server that keeps nothing finds none by its id. */
function isWantedBack({ type, encrypted_content: encrypted, content }: JsonObject): boolean {
  return type === 'reasoning' && (textOf(encrypted) !== null || listField(content).length > 0)
}

/** An item that was announced, with the pieces that followed. */
function grown({ item, pieces }: ItemDraft): JsonObject {
  const told = (name: string) => pieces.get(name)?.join('') ?? ''
  const { type } = item
  if (type === 'function_call')
    return { ...item, arguments: told('arguments') || item.arguments || '' }
  if (type === 'custom_tool_call') return { ...item, input: told('input') || item.input || '' }
  if (type === 'reasoning') {
    return { ...item, content: [{ type: 'reasoning_text', text: told('reasoning') }] }
  }
  const content = [
    ...(told('text') ? [{ type: 'output_text', text: told('text') }] : []),
    ...(told('refusal') ? [{ type: 'refusal', refusal: told('refusal') }] : []),
  ]
  return { ...item, content }
}
