/**
 * A contract that model servers speak, as far as a call of one has to know: where it goes, with what, and how its reply is put
 * together. Types; no I/O.
 */
import type { Completion, ModelFailure, Prompt } from '../conversation/model.ts'
import type { JsonObject } from '../lib/json.ts'
import type { Result } from '../lib/result.ts'
import type { Expectation } from './expectation.ts'

export const UPSTREAM_APIS = ['chat', 'responses', 'messages'] as const
export type UpstreamApi = (typeof UPSTREAM_APIS)[number]

export type UpstreamDialect = {
  readonly api: UpstreamApi
  /** Below the server's base URL. */
  readonly path: string
  /** What the contract wants where no header of the client's that goes on says it. */
  readonly defaults?: Readonly<Record<string, string>>
  /** The gateway's credentials. */
  readonly headers: (apiKey: string | null) => Readonly<Record<string, string>>
  readonly writeRequest: (prompt: Prompt) => JsonObject
  readonly createDraft: (expected: Expectation) => ReplyDraft
}

/** What a reply holds by itself, without what the call adds to it. */
export type ModelReply = Omit<Completion, 'timings' | 'headers'>

/** A reply that is being put together, from a whole body or from the events of a stream. */
export type ReplyDraft = {
  readonly failure: ModelFailure | null
  /** Whether the model has begun to write. */
  readonly hasBegun: boolean
  /** Whether nothing more is to come, by its own word. */
  readonly isComplete: boolean
  /** Whether a whole body is an answer of this contract. */
  readonly isAnswer: (body: JsonObject) => boolean
  readonly add: (object: JsonObject, kind: 'piece' | 'whole') => void
  /** The stream said that it is over. */
  readonly done: () => void
  readonly fail: (failure: ModelFailure) => void
  readonly finish: (options: FinishOptions) => Result<ModelReply, ModelFailure>
}

export type FinishOptions = {
  /** Only a stream can end too early without showing it otherwise. */
  readonly wasStream: boolean
  readonly createId: () => string
}

export const bearer = (apiKey: string | null): Readonly<Record<string, string>> =>
  apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }
