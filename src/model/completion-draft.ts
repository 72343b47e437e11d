/**
 * A reply put together from one JSON body or from the chunks of a stream, or the failure it turned out to be. No I/O.
 * Unknown fields are left behind: one of them may hold reasoning.
 */

import type { Completion, ModelFailure, Usage } from '../conversation/model.ts'
import { isJsonObject, type JsonObject } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { laterUsage, readUsage } from './chat-usage.ts'
import { ChoiceDraft } from './choice-draft.ts'
import { countOf, listField, textOf } from './fields.ts'
import { refusedWithin } from './refused-call.ts'

/** What a reply holds by itself, without what the call adds to it. */
export type ModelReply = Omit<Completion, 'timings' | 'headers'>

/** Words in place of a finish reason for an upstream that broke down. */
const BREAKDOWNS = new Set([
  'abort',
  'cancelled',
  'error',
  'insufficient_system_resource',
  'malformed_function_call',
  'network_error',
])

export class CompletionDraft {
  readonly #choices = new Map<number, ChoiceDraft>()
  #id: string | null = null
  #model: string | null = null
  #tier: string | null = null
  #fingerprint: string | null = null
  #usage: Usage | null = null
  #isDone = false
  #failure: ModelFailure | null = null

  get failure(): ModelFailure | null {
    return this.#failure
  }

  /** Whether any choice has begun. */
  get hasBegun(): boolean {
    return this.#choices.size > 0
  }

  /** Takes a chunk of a stream, or a whole body. */
  add(chunk: JsonObject, kind: 'piece' | 'whole'): void {
    if (chunk.error !== undefined && chunk.error !== null) {
      this.fail(refusedWithin(chunk.error))
      return
    }
    this.#id ??= textOf(chunk.id)
    this.#model ??= textOf(chunk.model)
    this.#tier = textOf(chunk.service_tier) ?? this.#tier
    this.#fingerprint ??= textOf(chunk.system_fingerprint)
    this.#usage = laterUsage(this.#usage, readUsage(chunk))
    for (const choice of listField(chunk.choices)) {
      if (isJsonObject(choice)) this.#addChoice(choice, kind)
    }
  }

  /** The stream said that it is complete. */
  done(): void {
    this.#isDone = true
  }

  fail(failure: ModelFailure): void {
    this.#failure ??= failure
  }

  /** `wasStream`: only a stream can end too early without showing it otherwise. */
  finish(options: {
    readonly wasStream: boolean
    readonly createId: () => string
  }): Result<ModelReply, ModelFailure> {
    if (this.#failure) return fail(this.#failure)
    const drafts = [...this.#choices.entries()].sort(([one], [other]) => one - other)
    const isFinished = drafts.length > 0 && drafts.every(([, draft]) => draft.isFinished)
    if (options.wasStream && !this.#isDone && !isFinished) return fail({ reason: 'model_cut' })
    if (drafts.every(([, draft]) => draft.isEmpty)) return fail({ reason: 'model_empty' })
    return succeed({
      id: this.#id ?? '',
      model: this.#model ?? '',
      serviceTier: this.#tier,
      systemFingerprint: this.#fingerprint,
      choices: drafts.map(([index, draft]) => draft.finish(index, options.createId)),
      usage: this.#usage,
    })
  }

  #addChoice(choice: JsonObject, kind: 'piece' | 'whole'): void {
    const word = textOf(choice.finish_reason)
    if (word !== null && BREAKDOWNS.has(word.toLowerCase())) {
      this.fail({ reason: 'model_error_in_body', code: word.toLowerCase() })
    }
    if (choice.error !== undefined && choice.error !== null) {
      this.fail(refusedWithin(choice.error))
    }
    const index = countOf(choice.index) ?? 0
    const draft = this.#choices.get(index) ?? new ChoiceDraft()
    this.#choices.set(index, draft)
    if (kind === 'whole') draft.addWhole(choice)
    else draft.addPiece(choice)
  }
}
