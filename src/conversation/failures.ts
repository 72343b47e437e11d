/**
 * The one table of failures: everything that a reason means, wherever somebody has to know, in one entry. Pure.
 * A reason is written here once and its types are taken from here, so nothing can fail in a way that has no entry.
 * It must never hold what a model or a server wrote but sealed, for the transcript: reasons are classes.
 */
import type { ErrorCode } from '../errors.ts'
import type { Opaque } from '../lib/opaque.ts'
import type { ModelFailure, Segment } from './model.ts'
import { causeOf, REJECTIONS } from './rejections.ts'

/** What an app is told. */
export type ToldFailure = {
  readonly code: ErrorCode
  /** In place of the code's own words. */
  readonly message?: string
  /** False where an app that tries again by itself would pay for all of it once more. */
  readonly appRetries: boolean
}

export type FailureMeaning = ToldFailure & {
  /**
   * What the heart does: end at once, draft again while it may, what the policy says of a judge that cannot judge, or answer
   * with nothing.
   */
  readonly heart: 'end' | 'redraft' | 'policy' | 'empty'
  readonly batch: BatchConsequence
  /** True for what a caller alone has brought about: it says nothing of the revision that served. */
  readonly callersOwn: boolean
}

/** What it means for a prompt of a batch, and for the batch. */
export type BatchConsequence =
  /** It would end in the same way again: the prompt is recorded as failed. */
  | 'permanent'
  /** Another try may end otherwise. */
  | 'transient'
  /** No prompt will fare better until somebody mends something: a key, an account, a model's name. */
  | 'fatal'
  /** The batch itself was told to stop. */
  | 'stopped'

/** Of a failed call of a model. */
export type CallMeaning = FailureMeaning & {
  /** Whether the call is made again before the failure stands; what the server advises comes first. */
  readonly calledAgain: boolean
  /** What it is where the judge was asked. */
  readonly asJudge: JudgeFailure['reason']
}

const ENDS = { heart: 'end', appRetries: true, callersOwn: false, calledAgain: false } as const
const UPSTREAM = { ...ENDS, code: 'upstream_error', batch: 'transient' } as const
const UNMARKED = {
  code: 'upstream_error',
  message: 'The model wrote no answer that could be released',
  appRetries: false,
  heart: 'redraft',
  batch: 'permanent',
  callersOwn: false,
} as const
const UNJUDGED = {
  code: 'judge_unavailable',
  appRetries: false,
  heart: 'policy',
  batch: 'permanent',
  callersOwn: false,
} as const
const UNREACHED = { ...UNJUDGED, batch: 'transient' } as const

/** Where more is known than the reason, `meaningOfCall` has the last word: each such entry says so. */
const CALLS = {
  /** By status and code. */
  model_rejected: {
    ...ENDS,
    code: 'upstream_rejected',
    batch: 'permanent',
    callersOwn: true,
    asJudge: 'judge_rejected',
  },
  model_unauthorized: { ...UPSTREAM, batch: 'fatal', asJudge: 'judge_rejected' },
  model_unreachable: { ...UPSTREAM, calledAgain: true, asJudge: 'judge_unreachable' },
  /** By status. */
  model_error_status: { ...UPSTREAM, asJudge: 'judge_unreachable' },
  model_error_in_body: { ...UPSTREAM, asJudge: 'judge_unreachable' },
  model_cut: { ...UPSTREAM, asJudge: 'judge_cut' },
  model_empty: { ...UPSTREAM, asJudge: 'judge_empty' },
  model_unreadable: { ...UPSTREAM, asJudge: 'judge_unparseable' },
  prompt_truncated: {
    ...UPSTREAM,
    message: 'The model server read only a part of the prompt',
    appRetries: false,
    batch: 'permanent',
    asJudge: 'judge_truncated',
  },
  model_too_large: { ...UPSTREAM, batch: 'permanent', asJudge: 'judge_unreachable' },
  /** By phase. */
  model_timeout: { ...UPSTREAM, code: 'upstream_timeout', asJudge: 'judge_timeout' },
  /** By who ended it. */
  aborted: { ...UPSTREAM, code: 'deadline_exceeded', asJudge: 'judge_timeout' },
} satisfies Readonly<Record<ModelFailure['reason'], CallMeaning>>

const SPLITS = {
  no_boundary: {
    ...UNMARKED,
    advice:
      'The model did not mark where its reasoning ends. Set UPSTREAM_REASONING to two-pass, or to native where it reasons in a field of its own',
  },
  no_reasoning: {
    ...UNMARKED,
    advice:
      'The model handed out no reasoning. Set UPSTREAM_REASONING to tagged, or let the server return what the model reasons',
  },
  odd_boundary: {
    ...UNMARKED,
    advice:
      'Reasoning and answer could not be told apart. Set UPSTREAM_REASONING to two-pass, or let the server return reasoning in a field of its own',
  },
  /** Found in what was about to be sent: a secret beside the texts that were checked, or a part that has no form on the wire. */
  unsendable: {
    ...UNMARKED,
    advice:
      'A part of the reply had no form in the contract, or a field beside its text held what must not leave. See what the server puts into media, names, fingerprints and log probabilities',
  },
  no_answer: {
    ...UNMARKED,
    advice:
      'The model ended after its reasoning. Where it was cut by length, allow it more tokens; else set UPSTREAM_REASONING to two-pass',
  },
  /** Before there was an answer. No failure to the client, who is told what the server would tell it: nothing, by length. */
  limit_reached: {
    ...UNMARKED,
    heart: 'empty',
    advice:
      'The limit was reached before there was an answer. Allow more tokens: in the request, or for the reasoning in the policy (`reasoningTokens`)',
  },
  /** Of a call, not one JSON value: nobody could act on it, and nothing could check it. */
  odd_arguments: {
    ...UNMARKED,
    advice:
      'The arguments of a tool call were not one JSON value. Look whether the server joins calls that are several, or cuts them',
  },
} satisfies Readonly<Record<string, FailureMeaning & { readonly advice: string }>>

const JUDGES = {
  judge_timeout: UNREACHED,
  judge_unreachable: UNREACHED,
  /** Its cause is not told: a limit, a key or a model's name. */
  judge_rejected: UNREACHED,
  judge_refused: UNJUDGED,
  judge_empty: UNJUDGED,
  judge_unparseable: UNJUDGED,
  judge_ambiguous: UNJUDGED,
  judge_miscounted: UNJUDGED,
  judge_filtered: UNJUDGED,
  judge_cut: UNJUDGED,
  /** It read only a part of what it was to judge. */
  judge_truncated: UNJUDGED,
  judge_unsupported: UNJUDGED,
} satisfies Readonly<Record<string, FailureMeaning>>

const REQUESTS = {
  unsupported: {
    code: 'unsupported_parameter',
    appRetries: true,
    heart: 'end',
    batch: 'permanent',
    callersOwn: true,
  },
} satisfies Readonly<Record<string, FailureMeaning>>

/** What every reason means by itself. */
export const FAILURES = { ...CALLS, ...SPLITS, ...JUDGES, ...REQUESTS } as const

/** Of a transcript that could not be made durable: the deliberation is over by then. */
export const STORAGE_FAILURES = {
  storage_unavailable: { code: 'storage_unavailable', appRetries: true },
} as const satisfies Readonly<Record<string, ToldFailure>>

/** Why a completion gave no draft: nothing of it may be released. */
export type SplitFailure = { readonly reason: keyof typeof SPLITS }

/** What the operator can change where a completion gave no draft. */
export function adviceFor({ reason }: SplitFailure): string {
  return SPLITS[reason].advice
}

/** Why a channel of the judge gave no verdict. */
export type JudgeFailure = {
  readonly reason: keyof typeof JUDGES
  readonly channel: 'answer' | 'reasoning'
  /** HTTP status of its server, where that was the cause. */
  readonly status?: number
  /** What it or its server wrote in place of a verdict: for the transcript alone. */
  readonly words?: Opaque<string | readonly Segment[]>
}

export type Failure =
  | ModelFailure
  | JudgeFailure
  | SplitFailure
  | { readonly reason: 'unsupported'; readonly param: string; readonly detail: string }

/** What a failure means, with all that is known of it. */
export function meaningOf(failure: Failure): FailureMeaning {
  return isOfCall(failure) ? meaningOfCall(failure) : FAILURES[failure.reason]
}

export function meaningOfCall(failure: ModelFailure): CallMeaning {
  const meaning = CALLS[failure.reason]
  switch (failure.reason) {
    case 'model_rejected':
      return { ...meaning, ...meaningOfRejection(failure) }
    case 'model_error_status':
      return { ...meaning, calledAgain: failure.status >= 500 }
    case 'model_timeout':
      return { ...meaning, calledAgain: failure.phase === 'connect' }
    case 'aborted':
      return failure.by === 'deadline'
        ? meaning
        : { ...meaning, code: 'client_closed', batch: 'stopped', callersOwn: true }
    default:
      return meaning
  }
}

type Rejection = Extract<ModelFailure, { reason: 'model_rejected' }>

/** Statuses that pass in a moment: the rest of the 4xx will not. */
const PASSING: readonly number[] = [408, 409]
const TOO_EARLY = 425
const NOT_FOUND = 404
/**
 * What a model server says of a prompt that it cannot take. The sections of a revision are part of it; what callers write
 * themselves is turned down on both sides alike, because they are spread over these.
 */
const OF_THE_PROMPT: readonly number[] = [400, 413, 422]

function meaningOfRejection({ status, code }: Rejection): Partial<CallMeaning> {
  const cause = causeOf(code) ?? (status === 429 ? 'rate_limited' : null)
  if (cause) return REJECTIONS[cause]
  // A chat template that cannot take the instructions: no request of this app will fare better.
  if (status >= 500) return UPSTREAM
  const passes = PASSING.includes(status)
  const unfatal = passes || status === TOO_EARLY ? 'transient' : 'permanent'
  return {
    batch: status === NOT_FOUND ? 'fatal' : unfatal,
    callersOwn: !OF_THE_PROMPT.includes(status),
    calledAgain: passes,
  }
}

/** True where the server turned down this very request, and another form of it may do. */
export function isOfTheRequest(failure: ModelFailure): failure is Rejection {
  return failure.reason === 'model_rejected' && (failure.status === 400 || failure.status === 422)
}

/** True where a completion came that is no draft. */
export function isOfSplit(failure: Failure): failure is SplitFailure {
  return failure.reason in SPLITS
}

/** True where a judge could not judge. */
export function isOfJudge(failure: Failure): failure is JudgeFailure {
  return failure.reason in JUDGES
}

function isOfCall(failure: Failure): failure is ModelFailure {
  return failure.reason in CALLS
}
