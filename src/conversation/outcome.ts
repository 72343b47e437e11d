/**
 * The tagged unions everyone shares: what was asked, drafted, found, decided, and how it ended.
 * Types, and the names of the strategies. Text that came before the split, and reasoning after it, is opaque in every one of them.
 */
import type { JsonArray, JsonObject, JsonValue } from '../lib/json.ts'
import type { Bundle, Decision, Protocol, Severity } from '../policy/section.ts'
import type { Selection } from '../policy/select/selection.ts'
import type { Carried } from './carried.ts'
import type { Failure, JudgeFailure } from './failures.ts'
import type { CallTimings, CompletionChoice, FinishReason, Usage } from './model.ts'
import type { Reasoning } from './reasoning.ts'
import type { ToolCall, Turn } from './turn.ts'

export const STRATEGIES = ['native', 'tagged', 'two-pass'] as const
export type Strategy = (typeof STRATEGIES)[number]

/** What a client asked for, in neutral form: one per request, whatever the wire format. */
export type Inquiry = {
  readonly model: string
  readonly turns: readonly Turn[]
  /** How many answers (`n`). */
  readonly choices: number
  /**
   * The client's bound on the visible answer, in tokens; null when it set none. Its name is the one the client used, null
   * where that is none of chat's: then it goes by the name that the upstream takes.
   */
  readonly limit: { readonly tokens: number; readonly parameter: string | null } | null
  /** Everything else the client sent, verbatim, to be forwarded: sampling, tools, unknown parameters. */
  readonly parameters: JsonObject
  /**
   * The names of what the client's contract has beside chat's and no answer hangs on, at any place of turns and parameters: a
   * server that does not take it is asked without it.
   */
  readonly asides?: readonly string[]
  /** The names of the request's fields as the client had them, so that the upstream gets them in this order. */
  readonly order?: readonly string[]
  readonly stream: boolean
  /** What a tagged draft would bend; decides between the strategies. */
  readonly demands: {
    readonly structured: boolean
    readonly logprobs: boolean
    readonly stop: boolean
    readonly audio: boolean
    readonly tools: boolean
  }
}

export type OutputPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'refusal'; readonly text: string }
  | { readonly kind: 'tool_call'; readonly call: ToolCall }
  | {
      readonly kind: 'opaque'
      /** Of `media` only its kinds are kept: nothing on the wire can carry it, and no judge of text can see it. */
      readonly name: 'audio' | 'annotations' | 'media'
      readonly value: JsonObject | JsonArray
    }

/** The visible answer of one choice. */
export type Answer = {
  readonly parts: readonly OutputPart[]
  readonly finishReason: FinishReason
  /** Which of the client's own stops it ended at, where the server tells it. */
  readonly stoppedAt?: string
  /** Only where the client asked for them and they cover the released text. */
  readonly logprobs: JsonValue
}

export type Draft = {
  readonly strategy: Strategy
  readonly reasoning: Reasoning
  /** As declared in the reasoning's last decision line; null when it has none. */
  readonly decision: Decision | null
  readonly citedClauses: readonly string[]
  readonly answer: Answer
}

/** A deterministic check of a draft, made without a model. */
export type Check = {
  readonly name: 'format' | 'citations' | 'consistency' | 'leak'
  readonly passed: boolean
  /** A class, never text of the draft. Of a check that passed, what it could not tell; mostly null. */
  readonly reason: string | null
}

export type Finding = {
  readonly clause: string
  readonly finding: 'met' | 'violated' | 'not_applicable'
  readonly severity: Severity
  readonly evidence: string | null
  readonly hint: string | null
}

export type Scores = {
  readonly helpfulness: number
  readonly style: number
  readonly grounded?: number
  readonly consistent?: number
  readonly relevant?: number
}

/**
 * What somebody else held to be the right kind of answer, right or wrong: material for the judge, which must agree or
 * disagree. No draft is ever told of it.
 */
export type Opinion = {
  /** Who held it, as `another AI`. */
  readonly source: string
  readonly ideal: Decision
  readonly note: string | null
}

/** What the judge made of one opinion. */
export type Stance = {
  /** Its number, from 1. */
  readonly opinion: number
  /** With several samples: `agree` where all of them do. */
  readonly stance: 'agree' | 'disagree'
  /** Null in the reasoning channel, whose words may quote the reasoning. */
  readonly because: string | null
}

export type Verdict = {
  readonly channel: 'answer' | 'reasoning'
  readonly sawReasoning: boolean
  readonly model: string
  readonly family: string | null
  readonly passed: boolean
  /** Why it failed, as classes: `violation:SHM3`, `score:style`, `needless_refusal`. */
  readonly reasons: readonly string[]
  readonly findings: readonly Finding[]
  readonly scores: Scores
  readonly needlessRefusal: boolean
  readonly missingSections: readonly string[]
  /** The reasoning channel's reading of the decision; null in the answer channel. */
  readonly decision: Decision | null
  /** How many replies it is the lowest of; absent where there was one. */
  readonly samples?: number
  /** How many of them would have passed alone; absent where there was one. */
  readonly samplesPassed?: number
  /** One for each opinion that the judge was told of; absent where there was none. */
  readonly opinions?: readonly Stance[]
  readonly usage: Usage | null
  readonly timings: CallTimings
}

/** What a model wrote where no draft could be made of it: sealed, and for the transcript alone. */
export type Unsplit = Pick<CompletionChoice, 'output' | 'toolCalls' | 'finishReason'> & {
  /** Where it was clear what of it is reasoning. */
  readonly reasoning?: Reasoning | undefined
}

/** One model draft of one choice, as far as it came. Failed ones are kept. */
export type Attempt = {
  readonly choice: number
  readonly number: number
  readonly strategy: Strategy
  readonly draft: Draft | null
  readonly failure: Failure | null
  /** Null where the draft could be split, and where nothing came. */
  readonly unsplit: Unsplit | null
  readonly checks: readonly Check[]
  readonly verdicts: readonly Verdict[]
  readonly judgeFailures: readonly JudgeFailure[]
  readonly usage: Usage | null
  readonly timings: CallTimings | null
}

export type OutcomeKind = 'released' | 'redrafted' | 'substituted' | 'passed' | 'failed'

export type ChoiceOutcome = {
  readonly index: number
  readonly kind: 'released' | 'redrafted' | 'substituted'
  /** The number of the attempt that was released; null for a substitute. */
  readonly attempt: number | null
  /** Why it was not simply released, as a class. */
  readonly reason: string | null
  readonly answer: Answer
  /** What the provider will want back with it: never written for a client but sealed. */
  readonly carried?: Carried
}

/** What may leave: everything the wire codec needs, and nothing hidden. */
export type Released = {
  readonly kind: 'released' | 'redrafted' | 'substituted'
  readonly choices: readonly ChoiceOutcome[]
  readonly model: string
  readonly serviceTier: string | null
  readonly systemFingerprint: string | null
  /** Sums over every generation call. */
  readonly usage: Usage
  readonly headers: Readonly<Record<string, string>>
}

/** The whole of one deliberation, kept for the transcript whether it ended well or not. */
export type Deliberation = {
  readonly inquiry: Inquiry
  readonly bundle: Bundle
  readonly protocol: Protocol
  readonly selection: Selection | null
  readonly attempts: readonly Attempt[]
  readonly outcome:
    | { readonly ok: true; readonly value: Released }
    | { readonly ok: false; readonly failure: Failure }
  readonly timings: {
    readonly totalMs: number
    /** Time spent waiting for models, drafts and judges, overlaps counted once. */
    readonly modelMs: number
    readonly selectMs: number
  }
  /** The kind of what must never leave, where one of the texts holds any: for whatever is sent beside the answers. */
  readonly findSecret: (texts: readonly string[]) => string | null
}
