/**
 * A door: one contract that apps knock at, as far as the pipeline behind it has to know. Types; no I/O.
 * Whatever a door reads becomes the same neutral inquiry, and whatever it writes is made of what was released and of nothing else.
 */
import type { Inquiry, Released } from '../conversation/outcome.ts'
import type { GatewayError } from '../errors.ts'
import type { JsonObject, JsonValue } from '../lib/json.ts'
import type { Result } from '../lib/result.ts'
import type { Mode } from '../policy/section.ts'

export type DoorName = 'chat' | 'responses' | 'messages'

/** What is at fault in a request: the path of the field, and a message for the client. */
export type RequestFault = { readonly param: string | null; readonly message: string }

/** `unsupported_parameter`: well-formed, but nothing that can be honoured while answers are held and judged. */
export type RequestRefusal = RequestFault & {
  readonly code: 'invalid_request' | 'unsupported_parameter'
}

export type AskOptions = {
  /** In `off` nothing that is well-formed is refused. */
  readonly mode: Mode
  /** Tools, by type, that the policy lets a provider run; none when left out. */
  readonly hostedTools?: readonly string[]
  /** What is kept of the earlier answers that the body names; left out where none are named, or none can be asked for. */
  readonly earlier?: EarlierAnswers
}

/** What is kept of a conversation, in the items of its own contract. */
export type EarlierAnswers = {
  /** What stands before the request's own. */
  readonly items: readonly JsonObject[]
  /** The ids of the answers they are of, the first first. */
  readonly chain: readonly string[]
  /** Of the items, in characters of JSON. */
  readonly length: number
  /** Single items that the request refers to, by their ids. */
  readonly referred: ReadonlyMap<string, JsonObject>
}

/** What is kept of an answer for whoever names it later. */
export type KeptAnswer = {
  readonly id: string
  readonly model: string
  readonly content: JsonObject
}

/** What names an answer, whatever contract it is written in. */
export type AnswerFrame = {
  /** 24 hex digits; each contract has a prefix of its own. */
  readonly id: string
  /** Seconds since the epoch. */
  readonly created: number
  /** When it was written, in seconds since the epoch. */
  readonly completed: number
  /** By choice, what the client is to carry to the next turn; none where it has not asked for it. */
  readonly sealed?: readonly (string | null)[]
}

/** One server-sent event; `name` is its `event:` line, where the contract has any. */
export type WireEvent = { readonly name?: string; readonly data: JsonObject }

export type WrittenForm =
  | { readonly kind: 'object'; readonly object: JsonObject }
  | {
      readonly kind: 'events'
      readonly events: Iterable<WireEvent>
      /** Whether `[DONE]` follows the last. */
      readonly saysDone: boolean
    }

/** A request that was read. */
export type Asked = {
  /** The client's body, verbatim. */
  readonly body: JsonObject
  readonly inquiry: Inquiry
  /** Whether the client asked to carry the reasoning behind the answer, sealed, to the next turn. */
  readonly carriesReasoning: boolean
  /** False where the contract has no form for a part of an answer: such an answer is not sent. */
  readonly canWrite: (released: Released) => boolean
  /** What an answer repeats of the request, as it stands in it: no secret, whatever it says. */
  readonly repeated?: JsonObject
  /** The client's own name for a parameter of the inquiry, null where it has sent none; the same name where left out. */
  readonly nameOf?: (param: string) => string | null
  /** What is to be kept of an answer; absent where nothing is. */
  readonly keep?: (released: Released, frame: AnswerFrame) => KeptAnswer
  /** As a stream where the inquiry says so. */
  readonly write: (released: Released, frame: AnswerFrame) => WrittenForm
}

/** What a body says of who asks, as it was sent. */
export type AskedBy = {
  readonly safetyIdentifier: JsonValue | undefined
  readonly user: JsonValue | undefined
}

export type Door = {
  readonly name: DoorName
  /** Of the same contract at the upstream, below its base: where relays go. */
  readonly upstreamPath: readonly string[]
  /** Where its servers look for a key, where that is not a bearer’s. */
  readonly keyHeader?: string
  /** Where the contract's client libraries look for the id of a request, besides `x-request-id`. */
  readonly requestIdHeader?: string
  /** Of the client's headers, in lower case, those that say how the contract is spoken: they go on with every draft. */
  readonly carriedHeaders?: readonly string[]
  /** Whether a request of it may name earlier answers, for the gateway to put before it. */
  readonly namesEarlier?: true
  readonly read: (body: JsonValue, options: AskOptions) => Result<Asked, RequestRefusal>
  readonly askedBy: (body: JsonObject) => AskedBy
  /** The content of what the user said first; undefined where there is none. */
  readonly firstWords: (body: JsonObject) => JsonValue | undefined
  /** An error as the answer to a request that has no other. */
  readonly errorAnswer: (
    error: GatewayError,
    requestId: string,
  ) => { readonly status: number; readonly body: JsonObject }
  /** An error as the last event of a stream. */
  readonly errorEvent: (error: GatewayError, requestId: string) => WireEvent
}
