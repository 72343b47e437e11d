/**
 * Reads the text of a reply, JSON or server-sent events, into a draft; told apart by how it begins, since content types lie.
 * No I/O. Tolerates what servers really send: padding before JSON, comments, comments re-sent as data, event lines,
 * no `[DONE]`, no last blank line, an error in place of a chunk.
 */
import { createParser, type EventSourceMessage, type EventSourceParser } from 'eventsource-parser'
import type { ModelFailure } from '../conversation/model.ts'
import { isJsonObject, parseJson } from '../lib/json.ts'
import { fail, type Result } from '../lib/result.ts'
import { CompletionDraft, type ModelReply } from './completion-draft.ts'
import type { Expectation } from './expectation.ts'

/** What of a reply is written again (log probabilities, arguments that came as an object) is as the model wrote it. */
const EXACT = { exact: true } as const

export class ReplyReader {
  readonly #draft: CompletionDraft
  readonly #events: EventSourceParser
  readonly #json: string[] = []
  #form: 'unknown' | 'json' | 'events' = 'unknown'
  /** Whether anything in the text was an event or a comment: a page of HTML is neither. */
  #hasEvents = false
  #hasEnded = false
  #isDone = false

  constructor(expected: Expectation) {
    this.#draft = new CompletionDraft(expected)
    this.#events = createParser({
      onEvent: (event) => this.#event(event),
      onComment: () => {
        this.#hasEvents = true
      },
    })
  }

  /** Nothing more need be read. */
  get isDone(): boolean {
    return this.#isDone || this.#draft.failure !== null
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

  #event(event: EventSourceMessage): void {
    this.#hasEvents = true
    const data = event.data.trim()
    // A gateway that re-sends a comment as data makes it begin with a colon.
    if (this.isDone || data === '' || data.startsWith(':')) return
    if (data === '[DONE]') {
      this.#isDone = true
      this.#draft.done()
      return
    }
    const parsed = parseJson(data, EXACT)
    if (!parsed.ok && this.#hasEnded) this.#draft.fail({ reason: 'model_cut' })
    else if (!parsed.ok) this.#unreadable(parsed.failure.reason)
    else if (!isJsonObject(parsed.value)) this.#unreadable('not_an_object')
    else if (event.event === 'error') {
      this.#draft.add({ ...parsed.value, error: parsed.value.error ?? parsed.value }, 'piece')
    } else this.#draft.add(parsed.value, 'piece')
  }

  #wholeBody(): void {
    const text = this.#json.join('')
    const parsed = parseJson(text, EXACT)
    if (!parsed.ok) {
      if (/[}\]]\s*$/.test(text)) this.#unreadable(parsed.failure.reason)
      else this.#draft.fail({ reason: 'model_cut' })
      return
    }
    if (!isJsonObject(parsed.value)) this.#unreadable('not_an_object')
    else if (parsed.value.error == null && !Array.isArray(parsed.value.choices)) {
      const isError = parsed.value.object === 'error' || parsed.value.detail !== undefined
      if (isError) this.#draft.fail({ reason: 'model_error_in_body', code: null })
      else this.#unreadable('no_choices')
    } else this.#draft.add(parsed.value, 'whole')
  }

  #unreadable(detail: string): void {
    this.#draft.fail({ reason: 'model_unreadable', detail })
  }
}
