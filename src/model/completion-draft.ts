/**
 * A reply put together from one JSON body or from the chunks of a stream, or the failure it turned out to be. No I/O.
 * Unknown fields are left behind: one of them may hold reasoning.
 */

import type { ModelFailure, Usage } from '../conversation/model.ts'
import { isJsonObject, type JsonObject } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { laterUsage, readUsage } from './chat-usage.ts'
import { ChoiceDraft } from './choice-draft.ts'
import type { FinishOptions, ModelReply, ReplyDraft } from './dialect.ts'
import type { Expectation } from './expectation.ts'
import { countOf, listField, nameOf, textOf } from './fields.ts'
import { refusedWithin } from './refused-call.ts'

/** Words in place of a finish reason for an upstream that broke down. */
const BREAKDOWNS = new Set([
  'abort',
  'cancelled',
  'error',
  'insufficient_system_resource',
  'malformed_function_call',
  'network_error',
])

/** More choices than the contract lets anybody ask for. */
const MAX_CHOICES = 128

/** A choice and where it stands among the others: by index, then by place among those of one index. */
type Slot = { readonly index: number; readonly place: number; readonly draft: ChoiceDraft }

export class CompletionDraft implements ReplyDraft {
  readonly #expected: Expectation
  readonly #slots = new Map<string, Slot>()
  #id: string | null = null
  #model: string | null = null
  #tier: string | null = null
  #fingerprint: string | null = null
  #usage: Usage | null = null
  #isDone = false
  #failure: ModelFailure | null = null

  constructor(expected: Expectation) {
    this.#expected = expected
  }

  get failure(): ModelFailure | null {
    return this.#failure
  }

  /** A finished choice may be followed by a usage, and by other choices: only the stream's own end tells. */
  get isComplete(): boolean {
    return false
  }

  isAnswer({ choices }: JsonObject): boolean {
    return Array.isArray(choices)
  }

  /** Whether any choice has begun. */
  get hasBegun(): boolean {
    return this.#slots.size > 0
  }

  /** Takes a chunk of a stream, or a whole body. */
  add(chunk: JsonObject, kind: 'piece' | 'whole'): void {
    if (chunk.error !== undefined && chunk.error !== null) {
      this.fail(refusedWithin(chunk.error))
      return
    }
    this.#id ??= nameOf(chunk.id)
    this.#model ??= nameOf(chunk.model)
    this.#tier = textOf(chunk.service_tier) ?? this.#tier
    this.#fingerprint ??= textOf(chunk.system_fingerprint)
    this.#usage = laterUsage(this.#usage, readUsage(chunk))
    this.#addChoices(listField(chunk.choices).filter(isJsonObject), kind)
  }

  /** The stream said that it is complete. */
  done(): void {
    this.#isDone = true
  }

  fail(failure: ModelFailure): void {
    this.#failure ??= failure
  }

  finish(options: FinishOptions): Result<ModelReply, ModelFailure> {
    if (this.#failure) return fail(this.#failure)
    const drafts = [...this.#slots.values()]
      .sort((one, other) => one.index - other.index || one.place - other.place)
      .map(({ draft }) => draft)
    const isFinished = drafts.length > 0 && drafts.every((draft) => draft.isFinished)
    if (options.wasStream && !this.#isDone && !isFinished) return fail({ reason: 'model_cut' })
    if (drafts.every((draft) => draft.isEmpty)) return fail({ reason: 'model_empty' })
    return succeed({
      id: this.#id ?? '',
      model: this.#model ?? '',
      serviceTier: this.#tier,
      systemFingerprint: this.#fingerprint,
      choices: drafts.map((draft, index) => draft.finish(index, options.createId)),
      usage: this.#usage,
    })
  }

  /** The entries of one list are choices of their own, whatever their indexes say; an index that is missing is their place. */
  #addChoices(choices: readonly JsonObject[], kind: 'piece' | 'whole'): void {
    const places = new Map<number, number>()
    for (const [at, choice] of choices.entries()) {
      const fault = faultOf(choice)
      if (fault) this.fail(fault)
      const index = countOf(choice.index) ?? at
      const place = places.get(index) ?? 0
      places.set(index, place + 1)
      if (kind === 'piece') this.#goesOn(index, place, choice).addPiece(choice)
      else if (this.#isRest(choice)) this.#slot(0, 0).addWhole(choice)
      else this.#slot(index, place).addWhole(choice)
      if (this.#isOverfull) {
        this.fail({ reason: 'model_unreadable', detail: 'too_many_entries' })
        return
      }
    }
  }

  get #isOverfull(): boolean {
    const slots = [...this.#slots.values()]
    return slots.length > MAX_CHOICES || slots.some(({ draft }) => draft.isOverfull)
  }

  /** Some servers (GitHub Copilot) put the text of the one choice that was asked for and its calls into two entries. */
  #isRest({ index, message }: JsonObject): boolean {
    if (this.#expected.choices > 1 || this.#slots.size === 0 || (countOf(index) ?? 0) > 0)
      return false
    return isJsonObject(message) && !message.content && listField(message.tool_calls).length > 0
  }

  /** The choice that a piece goes on with: after one that is finished, the next under the same index where more were asked for. */
  #goesOn(index: number, place: number, choice: JsonObject): ChoiceDraft {
    const draft = this.#slot(index, place)
    if (!draft.isFinished) return draft
    const mayOpen = this.#slots.size < this.#expected.choices && opensChoice(choice)
    const isNext = mayOpen || this.#slots.has(slotKey(index, place + 1))
    if (isNext) return this.#goesOn(index, place + 1, choice)
    // Where one choice alone was asked for, it may go on after its finish; else two would run together.
    const isMixed = this.#expected.choices > 1 && says(choice)
    if (isMixed) this.fail({ reason: 'model_unreadable', detail: 'choices_not_told_apart' })
    return draft
  }

  #slot(index: number, place: number): ChoiceDraft {
    const key = slotKey(index, place)
    const slot = this.#slots.get(key) ?? {
      index,
      place,
      draft: new ChoiceDraft(this.#expected),
    }
    this.#slots.set(key, slot)
    return slot.draft
  }
}

function slotKey(index: number, place: number): string {
  return `${index}/${place}`
}

/** Names its role and says something: unlike the last chunk, which some servers send twice. */
function opensChoice(choice: JsonObject): boolean {
  return isJsonObject(choice.delta) && textOf(choice.delta.role) !== null && says(choice)
}

function says({ delta }: JsonObject): boolean {
  if (!isJsonObject(delta)) return false
  return textOf(delta.content) !== null || listField(delta.tool_calls).length > 0
}

/** An upstream that broke down within a choice. */
function faultOf(choice: JsonObject): ModelFailure | null {
  if (choice.error !== undefined && choice.error !== null) return refusedWithin(choice.error)
  const word = textOf(choice.finish_reason)?.toLowerCase() ?? ''
  return BREAKDOWNS.has(word) ? { reason: 'model_error_in_body', code: word } : null
}
