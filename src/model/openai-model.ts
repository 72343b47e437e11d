/**
 * The model port over a server of any dialect: turns and parameters out, neutral segments or a classed failure back.
 * I/O: the given fetch. Reads replies itself, since the forms in use are wider than any client's types. Retries only what
 * may be retried, and never after the model has begun to write. Logs nothing.
 */

import { meaningOfCall } from '../conversation/failures.ts'
import type { CallOptions, Completion, Model, ModelFailure, Prompt } from '../conversation/model.ts'
import { backoff, jittered } from '../lib/backoff.ts'
import type { Clock, Random } from '../lib/clock.ts'
import { numberOf } from '../lib/json.ts'
import { once } from '../lib/once.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { readBodyText } from './body-text.ts'
import { CallWatch } from './call-watch.ts'
import { connectionFailure } from './connection-failure.ts'
import type { UpstreamDialect } from './dialect.ts'
import { expectationOf } from './expectation.ts'
import { keptHeaders } from './kept-headers.ts'
import {
  type AskCompletion,
  createAskCompletion,
  type OpenAiClientOptions,
} from './openai-client.ts'
import { MAX_ERROR_BYTES, refusedCall } from './refused-call.ts'
import { ReplyReader } from './reply-reader.ts'
import { type AskedWait, askedWaitMs, CALL_BACKOFF_MS } from './retry-delay.ts'

/** Bounds of one call, in milliseconds. */
export type ModelTimeouts = {
  /** Kept by the transport, which alone sees connections: `createUndiciFetch` takes it. */
  readonly connectMs?: number
  /** From the try's start to the first byte beyond comments and padding. */
  readonly firstTokenMs: number
  /** Between two pieces of a body. */
  readonly idleMs: number
  /** Over all tries and the waits between them. */
  readonly totalMs: number
}

export type OpenAiModelOptions = OpenAiClientOptions & {
  readonly provider: string
  readonly dialect: UpstreamDialect
  readonly clock: Clock
  readonly random: Random
  readonly timeouts: ModelTimeouts
  readonly maxRetries: number
  readonly maxBodyBytes: number
}

/** What one try came to, and how long the server asked to be left alone after it. */
type Try = { readonly result: Result<Completion, ModelFailure>; readonly asked: AskedWait }

type Call = {
  readonly prompt: Prompt
  /** Encoded once, for every try: text would be kept beside its bytes for as long as the model thinks. */
  readonly body: Uint8Array<ArrayBuffer>
  readonly options: CallOptions
  readonly watch: CallWatch
  readonly startedAt: number
  /** Told once, however many tries. */
  readonly accept: () => void
}

export function createOpenAiModel(settings: OpenAiModelOptions): Model {
  return new OpenAiModel(settings)
}

class OpenAiModel implements Model {
  readonly provider: string
  readonly #askCompletion: AskCompletion
  readonly #settings: OpenAiModelOptions

  constructor(settings: OpenAiModelOptions) {
    this.provider = settings.provider
    this.#askCompletion = createAskCompletion(settings)
    this.#settings = settings
  }

  async complete(prompt: Prompt, options: CallOptions): Promise<Result<Completion, ModelFailure>> {
    const { clock, timeouts } = this.#settings
    const watch = new CallWatch({ caller: options.signal, clock, totalMs: timeouts.totalMs })
    try {
      const body = new TextEncoder().encode(
        JSON.stringify(this.#settings.dialect.writeRequest(prompt)),
      )
      const accept = once(options.onAccepted)
      const startedAt = clock.monotonic()
      return await this.#tryInTurns({ prompt, body, options, watch, startedAt, accept })
    } finally {
      watch.dispose()
    }
  }

  async #tryInTurns(call: Call): Promise<Result<Completion, ModelFailure>> {
    const { random, maxRetries } = this.#settings
    const { watch, options } = call
    for (let tries = 1; ; tries++) {
      const { result, asked } = await this.#tryOnce(call, tries)
      if (result.ok || tries > maxRetries || asked === 'too_long') return result
      if (!meaningOfCall(result.failure).calledAgain) return result
      const waitMs = jittered(backoff(CALL_BACKOFF_MS, tries), random)
      const isAwake = await watch.sleep(Math.max(asked ?? 0, waitMs))
      if (isAwake) continue
      return fail(options.signal.aborted ? (watch.failure ?? result.failure) : result.failure)
    }
  }

  async #tryOnce(call: Call, tries: number): Promise<Try> {
    const { watch } = call
    if (watch.failure) return failed(watch.failure)
    watch.arm('first_token', this.#settings.timeouts.firstTokenMs)
    try {
      const { body, prompt, options } = call
      const { traceparent } = options.span
      const { stream } = prompt
      const response = await this.#askCompletion({
        body,
        stream,
        traceparent,
        headers: options.headers,
        signal: watch.signal,
      })
      if (response.status < 200 || response.status > 299) return await this.#refused(response, call)
      call.accept()
      return await this.#receive(response, call, tries)
    } catch (error) {
      return failed(watch.failure ?? connectionFailure(error))
    } finally {
      watch.disarm()
    }
  }

  async #refused(response: Response, { watch, prompt }: Call): Promise<Try> {
    const { clock, timeouts, maxBodyBytes } = this.#settings
    const pieces: string[] = []
    watch.arm('idle', timeouts.idleMs)
    const maxBytes = Math.min(MAX_ERROR_BYTES, maxBodyBytes)
    const onText = (text: string): boolean => {
      pieces.push(text)
      watch.touch()
      return false
    }
    await readBodyText(response.body, { watch, maxBytes, onText })
    if (watch.failure) return failed(watch.failure)
    const failure = refusedCall(response, pieces.join(''), boundOf(prompt))
    return failed(failure, askedWaitMs(response.headers, clock))
  }

  async #receive(
    response: Response,
    { prompt, watch, startedAt }: Call,
    tries: number,
  ): Promise<Try> {
    const { clock, random, timeouts, maxBodyBytes: maxBytes, dialect } = this.#settings
    const reader = new ReplyReader(dialect.createDraft(expectationOf(prompt)))
    let firstByteMs: number | null = null
    let isWriting = false
    const onBytes = (): void => {
      firstByteMs ??= clock.monotonic() - startedAt
      if (isWriting) watch.touch()
    }
    const onText = (text: string): boolean => {
      reader.push(text)
      // Comments keep a connection alive, not a call: until the model writes, its first token stays due.
      if (!isWriting && reader.hasBegun) {
        isWriting = true
        watch.arm('idle', timeouts.idleMs)
      }
      return reader.isDone
    }
    const end = await readBodyText(response.body, { watch, maxBytes, onText, onBytes })
    if (watch.failure) return failed(watch.failure)
    if (end === 'too_large') return failed({ reason: 'model_too_large', limitBytes: maxBytes })
    if (end === 'broken' && !reader.hasBegun) {
      return failed({ reason: 'model_unreachable', detail: 'body broken' })
    }
    const reply = reader.end(() => `call_${random.hex(12)}`)
    if (!reply.ok) {
      const { headers } = response
      const isRejected = reply.failure.reason === 'model_rejected'
      const failure = isRejected
        ? { ...reply.failure, headers: keptHeaders(headers) }
        : reply.failure
      // What is told within an answer under way is no longer a call that may be made again.
      return failed(failure, reader.isWriting ? 'too_long' : askedWaitMs(headers, clock))
    }
    const totalMs = clock.monotonic() - startedAt
    const timings = { firstByteMs: firstByteMs ?? totalMs, totalMs, tries }
    return {
      result: succeed({ ...reply.value, timings, headers: keptHeaders(response.headers) }),
      asked: null,
    }
  }
}

/** The output tokens that a call asks for at most; null where it leaves that to the server. */
function boundOf({ parameters }: Prompt): number | null {
  return numberOf(parameters.max_completion_tokens ?? parameters.max_tokens)
}

function failed(failure: ModelFailure, asked: AskedWait = null): Try {
  return { result: fail(failure), asked }
}
