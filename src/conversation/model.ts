/**
 * The port to a language model: a prompt in, a completion or a classed failure out.
 * Knows no vendor. What a model wrote stays sealed (`output`) until the splitter has told reasoning from answer.
 */
import type { JsonArray, JsonObject, JsonValue } from '../lib/json.ts'
import type { Opaque } from '../lib/opaque.ts'
import type { Result } from '../lib/result.ts'
import type { Span } from '../lib/tracing.ts'
import type { Carried } from './carried.ts'
import type { ToolCall, Turn } from './turn.ts'

export type Prompt = {
  /** The model's id, as the upstream knows it. */
  readonly model: string
  readonly turns: readonly Turn[]
  /** Every other top-level field of the upstream's request, verbatim: sampling, tools, unknown ones. */
  readonly parameters: JsonObject
  /** The names of fields that come first, in this order; any that the request lacks are passed over. */
  readonly order?: readonly string[] | undefined
  readonly stream: boolean
  /** False where a stream is not asked to count its tokens: its server refuses to be asked. */
  readonly countsStream?: boolean
}

export type CallOptions = {
  /** Aborted when the client has gone or the deadline has passed; its reason tells which. */
  readonly signal: AbortSignal
  readonly span: Span
  /** Called once, as soon as the upstream has accepted the call with a success status. */
  readonly onAccepted?: () => void
  /** Called where the call has to wait for its turn among others; the result is called when that has come. */
  readonly onWait?: () => () => void
  /** Of the client's headers those that the operator lets go on, by name in lower case. */
  readonly headers?: Readonly<Record<string, string>>
}

export interface Model {
  readonly provider: string
  complete(prompt: Prompt, options: CallOptions): Promise<Result<Completion, ModelFailure>>
}

/** Text in the order it arrived, with the channel the upstream put it in. */
export type Segment = { readonly channel: 'content' | 'reasoning'; readonly text: string }

export type CompletionChoice = {
  readonly index: number
  /** Sealed: content may still hold reasoning (tags, think blocks, harmony channels). */
  readonly output: Opaque<readonly Segment[]>
  /** Sealed for the same reason: tokens of hidden text are hidden text. */
  readonly logprobs: Opaque<JsonValue>
  readonly refusal: string | null
  readonly toolCalls: readonly ToolCall[]
  /** Normalised to the contract's words where the upstream used its own; null when it sent none. */
  readonly finishReason: FinishReason | null
  /** The text that it stopped at, where the server tells one. */
  readonly stoppedAt?: string
  readonly audio: JsonObject | null
  readonly annotations: JsonArray | null
  /** What it holds that is neither read nor heard word by word; absent where there is none. */
  readonly media?: readonly MediaKind[]
  /** What the provider will want back with it; absent where that is nothing. */
  readonly carried?: Carried
}

export type MediaKind = 'image' | 'audio' | 'video' | 'file'

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'function_call'

export type Completion = {
  readonly id: string
  readonly model: string
  readonly serviceTier: string | null
  readonly systemFingerprint: string | null
  readonly choices: readonly CompletionChoice[]
  readonly usage: Usage | null
  readonly timings: CallTimings
  /** Rate-limit and request-id headers of the upstream, lower-case names, by allow-list. */
  readonly headers: Readonly<Record<string, string>>
}

/** Tokens as the upstream counted them; null, or absent from the details, where it did not say. */
export type Usage = {
  readonly promptTokens: number
  readonly completionTokens: number
  readonly reasoningTokens: number | null
  readonly promptDetails: TokenDetails
  /** Without the tokens of reasoning. */
  readonly completionDetails: TokenDetails
}

/** Parts of a count by the contract's names, `cached_tokens` among them. */
export type TokenDetails = Readonly<Record<string, number>>

/** Durations in milliseconds from the start of the call, over all its tries. */
export type CallTimings = {
  readonly firstByteMs: number
  readonly totalMs: number
  readonly tries: number
}

/** Where a stalled call stood. */
export type TimeoutPhase = 'connect' | 'first_token' | 'idle' | 'total'

/** Why a server refuses a call, as far as its dialects are known. */
export type RejectionCode =
  | 'context_length_exceeded'
  | 'model_not_found'
  | 'insufficient_quota'
  | 'content_filter'
  | 'rate_limited'
  | 'upstream_overloaded'
  | 'invalid_api_key'
  /** What the provider wants back of an earlier turn is not there any more. */
  | 'state_lost'

/** A part of a request that a refusal may be about: what a gateway adds to it, or `other`. */
export type Concern =
  /** The counting of tokens in a stream. */
  | 'usage'
  /** The bound on output tokens. */
  | 'limit'
  | 'format'
  | 'tool_choice'
  /** The role of instructions. */
  | 'role'
  /** The order of the messages. */
  | 'turns'
  | 'stream'
  /** What was given with an earlier turn: it is missing, or not taken back. */
  | 'state'
  /** What no contract of chat has and no answer hangs on: marks for a cache, how long to think. */
  | 'aside'
  | 'other'

/** Counts of tokens that a refusal tells; null where it does not. */
export type ToldTokens = {
  /** What the prompt takes. */
  readonly prompt: number | null
  /** What the model can hold, prompt and output together. */
  readonly context: number | null
  /** What it writes at most. */
  readonly output: number | null
}

export type ModelFailure =
  /** The upstream refused the call: with a 4xx other than 401 and 403, or in words that are known, whatever the status. */
  | {
      readonly reason: 'model_rejected'
      /** The upstream's, or the one that an error within a 200 names. */
      readonly status: number
      /** Why: a `RejectionCode`, or the upstream's own word where that is one of the contract's. */
      readonly code: string | null
      readonly param: string | null
      /** What of the request it is about; null where nothing tells. */
      readonly concern?: Concern | null
      readonly tokens?: ToldTokens
      /** Of a conversation that was too long: what it took, and what the policy took beside it. */
      readonly spent?: { readonly conversation: number; readonly policy: number }
      /** The upstream's own words: for records only, they may quote the prompt. */
      readonly detail: Opaque<string>
      readonly headers: Readonly<Record<string, string>>
    }
  /** The upstream refused the gateway's own credentials (401, 403). */
  | { readonly reason: 'model_unauthorized'; readonly status: number }
  | { readonly reason: 'model_unreachable'; readonly detail: string }
  | { readonly reason: 'model_error_status'; readonly status: number }
  /** An error object where an answer was due: in a 200 body or within a stream. */
  | { readonly reason: 'model_error_in_body'; readonly code: string | null }
  /** The stream or body ended before the answer did. */
  | { readonly reason: 'model_cut' }
  | { readonly reason: 'model_empty' }
  | { readonly reason: 'model_unreadable'; readonly detail: string }
  /** The server counted far fewer tokens of the prompt than it has: a part of it was left out in silence. */
  | {
      readonly reason: 'prompt_truncated'
      readonly promptTokens: number
      /** No fewer than these were sent. */
      readonly sentTokens: number
    }
  | { readonly reason: 'model_too_large'; readonly limitBytes: number }
  | { readonly reason: 'model_timeout'; readonly phase: TimeoutPhase }
  | { readonly reason: 'aborted'; readonly by: 'client' | 'deadline' }
