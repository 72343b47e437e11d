/**
 * Reads the text of a reply, JSON or server-sent events, into a draft; told apart by how it begins, since content types lie.
 * No I/O. Tolerates what servers really send: padding before JSON, comments, comments re-sent as data, events with names,
 * data that says nothing, no `[DONE]`, no last blank line, an error in place of a chunk.
 */
import { createParser, type EventSourceMessage, type EventSourceParser } from 'eventsource-parser'
import type { ModelFailure } from '../conversation/model.ts'
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../lib/json.ts'
import { fail, type Result } from '../lib/result.ts'
import type { ModelReply, ReplyDraft } from './dialect.ts'
import { refusedWithin } from './refused-call.ts'

/** Events that only keep a connection alive, whatever they carry. */
const KEEP_ALIVE: ReadonlySet<string> = new Set(['heartbeat', 'keep-alive', 'keepalive', 'ping'])

/** Events that end a stream in place of `[DONE]`, or around it. */
const ENDS: ReadonlySet<string> = new Set(['close', 'done', 'end'])

/** Nothing, or a comment that a gateway re-sent as data: it begins with a colon. */
function isIdle(data: string): boolean {
  return data === '' || data === 'null' || data.startsWith(':')
}

export class ReplyReader {
  readonly #draft: ReplyDraft
  readonly #events: EventSourceParser
  readonly #json: string[] = []
  #form: 'unknown' | 'json' | 'events' = 'unknown'
  /** Whether anything in the text was an event or a comment: a page of HTML is neither. */
  #hasEvents = false
  #hasEnded = false
  #isDone = false

  constructor(draft: ReplyDraft) {
    this.#draft = draft
    this.#events = createParser({
      onEvent: (event) => this.#event(event),
      onComment: () => {
        this.#hasEvents = true
      },
    })
  }

  /** Nothing more need be read. */
  get isDone(): boolean {
    return this.#isDone || this.#draft.isComplete || this.#draft.failure !== null
  }

  /** Whether a choice has begun, and so whether what follows stands within an answer. */
  get isWriting(): boolean {
    return this.#draft.hasBegun
  }

  /** Whether the model has begun to write: from then on a call is not repeated. */
  get hasBegun(): boolean {
    return this.#draft.hasBegun || this.#form === 'json'
  }

  push(text: string): void {
    const rest = this.#form === 'unknown' ? text.trimStart() : text
    if (rest === '') return
    if (this.#form === 'unknown') this.#form = /^[{[]/.test(rest) ? 'json' : 'events'
    if (this.#form === 'json') this.#json.push(rest)
    else this.#events.feed(rest)
  }

  end(createId: () => string): Result<ModelReply, ModelFailure> {
    this.#hasEnded = true
    if (this.#form === 'unknown') return fail({ reason: 'model_empty' })
    if (this.#form === 'json') this.#wholeBody()
    // Ends an event that lacks its blank line.
    else if (!this.isDone) {
      this.#events.feed('\n\n')
      if (!this.#hasEvents) this.#unreadable('no_events')
    }
    return this.#draft.finish({ wasStream: this.#form === 'events', createId })
  }

  #event({ event: name = '', data: text }: EventSourceMessage): void {
    this.#hasEvents = true
    const data = text.trim()
    if (this.isDone || KEEP_ALIVE.has(name)) return
    if (data === '[DONE]' || (ENDS.has(name) && !data.startsWith('{'))) this.#done()
    else if (!isIdle(data)) this.#chunk(name, data)
  }

  #done(): void {
    this.#isDone = true
    this.#draft.done()
  }

  #chunk(name: string, data: string): void {
    const parsed = parseJson(data, { exact: true })
    const chunk = parsed.ok && isJsonObject(parsed.value) ? parsed.value : null
    if (name === 'error') this.#draft.add({ error: chunk?.error ?? chunk ?? true }, 'piece')
    else if (chunk) this.#draft.add(chunk, 'piece')
    else if (parsed.ok) this.#noObject(parsed.value)
    else if (this.#hasEnded) this.#draft.fail({ reason: 'model_cut' })
    else this.#unreadable(parsed.failure.reason)
  }

  #wholeBody(): void {
    const text = this.#json.join('')
    const parsed = parseJson(text, { exact: true })
    if (!parsed.ok) {
      if (/[}\]]\s*$/.test(text)) this.#unreadable(parsed.failure.reason)
      else this.#draft.fail({ reason: 'model_cut' })
      return
    }
    if (!isJsonObject(parsed.value)) this.#noObject(parsed.value)
    else if (parsed.value.error == null && !this.#draft.isAnswer(parsed.value)) {
      if (isErrorObject(parsed.value)) this.#draft.fail(refusedWithin(parsed.value))
      else this.#unreadable('no_choices')
    } else this.#draft.add(parsed.value, 'whole')
  }

  /** Gemini's errors come in a list. */
  #noObject(value: JsonValue): void {
    const isError = Array.isArray(value) && value.some((item) => isJsonObject(item) && item.error)
    if (isError) this.#draft.fail(refusedWithin(value))
    else this.#unreadable('not_an_object')
  }

  #unreadable(detail: string): void {
    this.#draft.fail({ reason: 'model_unreadable', detail })
  }
}

/** Forms of an error without the field of that name: vLLM's, FastAPI's. */
function isErrorObject({ object, detail }: JsonObject): boolean {
  return object === 'error' || detail !== undefined
}
