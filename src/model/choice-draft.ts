/** One choice of a reply, put together from a whole message or from the deltas of a stream. No I/O. */

import type { CompletionChoice, Segment } from '../conversation/model.ts'
import { isJsonObject, type JsonArray, type JsonObject, type JsonValue } from '../lib/json.ts'
import { Opaque } from '../lib/opaque.ts'
import { readFinishReason } from '../wire/finish-reason.ts'
import { listField, textOf } from './fields.ts'
import { readSegments } from './message-segments.ts'
import { ToolCallDrafts } from './tool-call-drafts.ts'

/** Text that grows piece by piece in one channel. */
type SegmentDraft = { readonly channel: Segment['channel']; readonly pieces: string[] }

export class ChoiceDraft {
  readonly #segments: SegmentDraft[] = []
  readonly #calls = new ToolCallDrafts()
  readonly #refusal: string[] = []
  readonly #annotations: JsonValue[] = []
  #logprobs: { readonly [name: string]: JsonArray } | null = null
  #audio: JsonObject | null = null
  /** The upstream's own word, the last it sent. */
  #finish: string | null = null

  get isFinished(): boolean {
    return this.#finish !== null
  }

  /** Nothing was written, and nothing explains why. */
  get isEmpty(): boolean {
    const reason = readFinishReason(this.#finish)
    return this.#isBlank && reason !== 'length' && reason !== 'content_filter'
  }

  /** Takes the choice of a whole body, which may have an idle `delta` beside its message. */
  addWhole(choice: JsonObject): void {
    const { delta, message } = choice
    const whole = isJsonObject(message) ? message : delta
    if (isJsonObject(whole)) this.#write(whole)
    this.#close(choice)
  }

  /** Takes the choice of a stream's chunk; a cumulative `message` beside or after deltas adds nothing. */
  addPiece(choice: JsonObject): void {
    const { delta, message } = choice
    const hasDelta = isJsonObject(delta) && Object.keys(delta).length > 0
    if (hasDelta) this.#write(delta)
    else if (isJsonObject(message) && this.#isBlank) this.#write(message)
    this.#close(choice)
  }

  #close(choice: JsonObject): void {
    this.#finish = textOf(choice.finish_reason) ?? this.#finish
    if (isJsonObject(choice.logprobs)) this.#addLogprobs(choice.logprobs)
  }

  finish(index: number, createId: () => string): CompletionChoice {
    const output = this.#segments.map(
      ({ channel, pieces }): Segment => ({ channel, text: pieces.join('') }),
    )
    return {
      index,
      output: new Opaque(output),
      logprobs: new Opaque(this.#logprobs),
      refusal: this.#refusal.length > 0 ? this.#refusal.join('') : null,
      toolCalls: this.#calls.finish(createId),
      finishReason: readFinishReason(this.#finish),
      audio: this.#audio,
      annotations: this.#annotations.length > 0 ? this.#annotations : null,
    }
  }

  get #isBlank(): boolean {
    const isSilent = this.#segments.length === 0 && this.#refusal.length === 0
    return isSilent && this.#calls.isEmpty && this.#audio === null
  }

  #write(message: JsonObject): void {
    for (const { channel, text } of readSegments(message)) {
      const last = this.#segments.at(-1)
      if (last?.channel === channel) last.pieces.push(text)
      else this.#segments.push({ channel, pieces: [text] })
    }
    const refusal = textOf(message.refusal)
    if (refusal !== null) this.#refusal.push(refusal)
    this.#calls.add(message)
    this.#annotations.push(...listField(message.annotations))
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

  #addLogprobs(piece: JsonObject): void {
    const lists = Object.entries(piece).filter(([, value]) => Array.isArray(value))
    const grown = lists.map(([name, value]) => [
      name,
      [...(this.#logprobs?.[name] ?? []), ...listField(value)],
    ])
    if (grown.length > 0) this.#logprobs = { ...this.#logprobs, ...Object.fromEntries(grown) }
  }
}
