/** One choice of a reply, put together from a whole message or from the deltas of a stream. No I/O. */

import type { CompletionChoice, MediaKind, Segment } from '../conversation/model.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { Opaque } from '../lib/opaque.ts'
import { readFinishReason } from '../wire/finish-reason.ts'
import { CarriedDraft } from './carried-fields.ts'
import type { Expectation } from './expectation.ts'
import { listField, textOf } from './fields.ts'
import { readMedia, readSegments } from './message-segments.ts'
import { ToolCallDrafts } from './tool-call-drafts.ts'

/** Text that grows piece by piece in one channel. */
type SegmentDraft = { readonly channel: Segment['channel']; readonly pieces: string[] }

/** The lists of log probabilities that the contract names. */
const LOGPROBS = ['content', 'refusal'] as const

/** More tokens or citations than any answer has; a reply with more is not read on. */
const MAX_ENTRIES = 1 << 18

export class ChoiceDraft {
  readonly #segments: SegmentDraft[] = []
  readonly #calls: ToolCallDrafts
  readonly #refusal: string[] = []
  readonly #annotations: JsonValue[] = []
  readonly #logprobs = new Map<string, JsonValue[]>()
  readonly #media = new Set<MediaKind>()
  readonly #carried = new CarriedDraft()
  #audio: JsonObject | null = null
  /** The upstream's own word, the last it sent. */
  #finish: string | null = null
  #stoppedAt: string | null = null

  constructor(expected: Pick<Expectation, 'tools' | 'ids'>) {
    this.#calls = new ToolCallDrafts(expected)
  }

  get isFinished(): boolean {
    return this.#finish !== null
  }

  /** Nothing was written, and nothing explains why. */
  get isEmpty(): boolean {
    const reason = readFinishReason(this.#finish)
    return this.#isBlank && reason !== 'length' && reason !== 'content_filter'
  }

  /** More calls, tokens or citations came than are kept. */
  get isOverfull(): boolean {
    const lists = [this.#annotations, ...this.#logprobs.values()]
    return this.#calls.isOverfull || lists.some((list) => list.length > MAX_ENTRIES)
  }

  /** Takes the choice of a whole body, which may have an idle `delta` beside its message. */
  addWhole(choice: JsonObject): void {
    const { delta, message } = choice
    const whole = isJsonObject(message) ? message : delta
    if (isJsonObject(whole)) this.#writeWhole(whole)
    this.#close(choice)
  }

  /** Takes the choice of a stream's chunk; a cumulative `message` beside or after deltas adds nothing. */
  addPiece(choice: JsonObject): void {
    const { delta, message } = choice
    const hasDelta = isJsonObject(delta) && Object.keys(delta).length > 0
    if (hasDelta) {
      this.#calls.addPiece(delta)
      this.#carried.add(delta, 'piece')
      this.#write(delta)
    } else if (isJsonObject(message) && this.#isBlank) this.#writeWhole(message)
    this.#close(choice)
  }

  finish(index: number, createId: () => string): CompletionChoice {
    const output = this.#segments.map(
      ({ channel, pieces }): Segment => ({ channel, text: pieces.join('') }),
    )
    const logprobs = this.#logprobs.size > 0 ? Object.fromEntries(this.#logprobs) : null
    const toolCalls = this.#calls.finish(createId)
    const carried = this.#carried.finish(this.#calls.statesOf(toolCalls))
    return {
      index,
      output: new Opaque(output),
      logprobs: new Opaque<JsonValue>(logprobs),
      refusal: this.#refusal.length > 0 ? this.#refusal.join('') : null,
      toolCalls,
      finishReason: readFinishReason(this.#finish),
      ...(this.#stoppedAt !== null && { stoppedAt: this.#stoppedAt }),
      audio: this.#audio,
      annotations: this.#annotations.length > 0 ? this.#annotations : null,
      ...(this.#media.size > 0 && { media: [...this.#media] }),
      ...(carried && { carried }),
    }
  }

  get #isBlank(): boolean {
    const isSilent = this.#segments.length === 0 && this.#refusal.length === 0
    return isSilent && this.#calls.isEmpty && this.#audio === null && this.#media.size === 0
  }

  #close(choice: JsonObject): void {
    this.#finish = textOf(choice.finish_reason) ?? this.#finish
    // By vLLM's name, and by SGLang's; both have the id of a token there as well.
    this.#stoppedAt = textOf(choice.stop_reason) ?? textOf(choice.matched_stop) ?? this.#stoppedAt
    const { logprobs } = choice
    if (!isJsonObject(logprobs)) return
    for (const name of LOGPROBS) {
      if (Array.isArray(logprobs[name])) this.#addLogprobs(name, logprobs[name])
    }
  }

  #writeWhole(message: JsonObject): void {
    this.#calls.addWhole(message)
    this.#carried.add(message, 'whole')
    this.#write(message)
  }

  #write(message: JsonObject): void {
    for (const { channel, text } of readSegments(message)) {
      const last = this.#segments.at(-1)
      if (last?.channel === channel) last.pieces.push(text)
      else this.#segments.push({ channel, pieces: [text] })
    }
    const refusal = textOf(message.refusal)
    if (refusal !== null) this.#refusal.push(refusal)
    for (const annotation of listField(message.annotations)) this.#annotations.push(annotation)
    for (const kind of readMedia(message)) this.#media.add(kind)
    if (isJsonObject(message.audio)) this.#addAudio(message.audio)
  }

  /** Data and transcript come in pieces; the rest is said once. An audio object without a sound is a placeholder. */
  #addAudio(piece: JsonObject): void {
    const said = Object.entries(piece).filter(([, value]) => value !== '' && value !== null)
    if (!said.some(([name]) => name === 'id' || name === 'data' || name === 'transcript')) return
    const audio: Record<string, JsonValue> = { ...this.#audio }
    for (const [name, value] of said) {
      const grows = (name === 'data' || name === 'transcript') && typeof value === 'string'
      audio[name] = grows ? `${textOf(audio[name]) ?? ''}${value}` : value
    }
    this.#audio = { data: '', transcript: '', ...audio }
  }

  #addLogprobs(name: string, tokens: readonly JsonValue[]): void {
    const list = this.#logprobs.get(name) ?? []
    for (const token of tokens) list.push(token)
    this.#logprobs.set(name, list)
  }
}
