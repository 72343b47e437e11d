/**
 * Splits what the calls of a round gave into drafts: reasoning from answer in each choice, and what is left made an answer.
 * Pure. A choice without a clear boundary, or without an answer, is a failure that holds none of its text.
 */

import type { Carried } from '../../conversation/carried.ts'
import type { SplitFailure } from '../../conversation/failures.ts'
import type {
  CallTimings,
  Completion,
  CompletionChoice,
  FinishReason,
  Usage,
} from '../../conversation/model.ts'
import type { Answer, Draft, OutputPart, Strategy, Unsplit } from '../../conversation/outcome.ts'
import { createReasoning, type Reasoning } from '../../conversation/reasoning.ts'
import type { JsonValue } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import { type Span, withinSync } from '../../lib/tracing.ts'
import { type RestoreTokens, restoreAnswer } from '../restore-tokens.ts'
import { citationsOf } from '../split/annotations.ts'
import type { Declaration } from '../split/declaration.ts'
import { coveringLogprobs } from '../split/logprobs.ts'
import {
  allReasoning,
  type Boundary,
  marksNothing,
  type Split,
  split,
  thinksApart,
} from '../split/split.ts'
import { refusalPart } from '../substitute.ts'
import { sumTimings, sumUsage } from '../usage.ts'
import type { Composition } from './compose.ts'
import { hasOddArguments } from './odd-arguments.ts'
import { createDraftRestorer, joinReasoning } from './second-pass.ts'

/** The deliberation of a first pass, for the second to carry out. */
export type Prior = { readonly reasoning: Reasoning; readonly declaration: Declaration }

/** What the calls of one round gave, sealed still: one completion, or the second of two. */
export type RoundCalls = {
  readonly strategy: Strategy
  readonly nonces: readonly string[]
  readonly calls: readonly [Completion, ...Completion[]]
  /** How the last call was asked to mark its reasoning. */
  readonly boundary: Boundary
  /** Of the first of two calls. */
  readonly prior: Prior | null
  /** What every choice is where the first of two calls gave no deliberation to carry out; else null. */
  readonly undone: SplitChoice | null
}

export type SplitChoice = {
  readonly result: Result<Draft, SplitFailure>
  /** What was written, where it is no draft. */
  readonly unsplit: Unsplit | null
  /** False where the upstream declined before it reasoned: then there is no reasoning to look at. */
  readonly reasoned: boolean
  readonly calledTools: boolean
  /** True for text that was cut by length and shows no sign of reasoning: another way of drafting may do. */
  readonly marksNothing?: boolean
  /** True when the call that wrote the answer wrote reasoning of its own accord, not between our tags. */
  readonly thought: boolean
  /** What the provider will want back with it. */
  readonly carried?: Carried
}

/** What one round of calls gave: as many choices as were asked for. */
export type DraftRound = {
  readonly strategy: Strategy
  readonly choices: readonly SplitChoice[]
  readonly nonces: readonly string[]
  /** Summed over the calls of the round. */
  readonly usage: Usage | null
  /** Of the call that wrote the answers. */
  readonly answerUsage: Usage | null
  readonly timings: CallTimings
  readonly source: Pick<Completion, 'model' | 'serviceTier' | 'systemFingerprint' | 'headers'>
}

export function splitChoices(round: RoundCalls, composition: Composition, span: Span): DraftRound {
  const { strategy, nonces, calls, undone } = round
  const last = calls.at(-1) ?? calls[0]
  const choices = undone
    ? Array.from({ length: composition.choices }, () => undone)
    : withinSync(span, 'split', () => splitCompletion(last, { ...round, composition }))
  return {
    strategy,
    choices,
    nonces,
    usage: sumUsage(calls.map((call) => call.usage)),
    answerUsage: last.usage,
    timings: sumTimings(calls.map((call) => call.timings)),
    source: last,
  }
}

type SplitOptions = Pick<RoundCalls, 'strategy' | 'boundary' | 'prior'> & {
  readonly composition: Composition
}

/** As many choices as the composition asked for; one that the upstream left out has no answer. */
function splitCompletion(completion: Completion, options: SplitOptions): readonly SplitChoice[] {
  const byIndex = completion.choices.toSorted((one, other) => one.index - other.index)
  const restore = createDraftRestorer(options.composition, options.prior?.reasoning ?? null)
  return Array.from({ length: options.composition.choices }, (_, index) => {
    const choice = byIndex[index]
    if (!choice) return failed('no_answer', null)
    const { carried } = choice
    const drafted = restored(splitChoice(choice, options), restore)
    return carried ? { ...drafted, carried } : drafted
  })
}

function restored(choice: SplitChoice, restore: RestoreTokens): SplitChoice {
  const { result } = choice
  if (!result.ok) return choice
  const answer = restoreAnswer(result.value.answer, restore)
  return { ...choice, result: succeed({ ...result.value, answer }) }
}

/** The deliberation of a first pass; else what that pass leaves of every choice. */
export function splitFirstPass(
  completion: Completion,
  composition: Composition,
  nonce: string,
): Result<Prior, SplitChoice> {
  const choice = completion.choices.toSorted((one, other) => one.index - other.index)[0]
  if (!choice) return fail(failed('no_answer', null))
  const result = split(choice.output, { kind: 'tagged', nonce }, false)
  if (result.ok && result.value.reasoning !== null) {
    const { reasoning, declaration } = result.value
    return succeed({ reasoning, declaration })
  }
  if (isDeclined(choice)) return fail(declined({ choice, composition, strategy: 'two-pass' }))
  const reason = result.ok ? 'no_reasoning' : result.failure.reason
  return fail(failed(choice.finishReason === 'length' ? 'limit_reached' : reason, choice))
}

function splitChoice(choice: CompletionChoice, options: SplitOptions): SplitChoice {
  const { composition, strategy, boundary, prior } = options
  const calledTools = choice.toolCalls.length > 0
  const apart = thinksApart(choice.output)
  const seen = { calledTools, thought: apart }
  if (hasOddArguments(choice)) return failed('odd_arguments', choice, seen)
  const result = splitOutput(choice, boundary)
  const parts = result.ok ? answerParts(choice, result.value.answer) : []
  const isEmpty = parts.every((part) => part.kind === 'opaque' && part.name === 'annotations')
  if (!result.ok || isEmpty) {
    const reasoning = result.ok ? reasoningOf(result.value, prior) : prior?.reasoning
    if (isDeclined(choice)) {
      return declined({ choice, composition, strategy, prior, reasoning })
    }
    if (choice.finishReason === 'length') {
      const unmarked = !result.ok && marksNothing(choice.output)
      const begun = reasoning ?? (unmarked ? undefined : allReasoning(choice.output))
      const unsplit = { ...choice, reasoning: begun }
      return failed('limit_reached', unsplit, { ...seen, marksNothing: unmarked })
    }
    return failed(result.ok ? 'no_answer' : result.failure.reason, choice, seen)
  }
  const { answer: text, declaration } = result.value
  const { decision, clauses } = prior?.declaration ?? declaration
  const draft: Draft = {
    strategy,
    reasoning: reasoningOf(result.value, prior) ?? createReasoning(''),
    decision,
    citedClauses: clauses,
    answer: {
      parts,
      finishReason: finishOf(choice),
      ...stopOf(choice, composition),
      logprobs: logprobsOf(choice, composition, text),
    },
  }
  const thought = strategy === 'tagged' ? apart : result.value.reasoning !== null
  return { result: succeed(draft), unsplit: null, reasoned: true, calledTools, thought }
}

function splitOutput(
  { output, toolCalls, audio }: CompletionChoice,
  boundary: Boundary,
): Result<Split, SplitFailure> {
  // The sound of a tagged draft speaks its reasoning, and has no tag to be cut at.
  if (boundary.kind === 'tagged' && audio) return fail({ reason: 'no_boundary' })
  return split(output, boundary, toolCalls.length > 0)
}

function failed(
  reason: SplitFailure['reason'],
  unsplit: Unsplit | null,
  seen: Pick<SplitChoice, 'calledTools' | 'thought' | 'marksNothing'> = {
    calledTools: false,
    thought: false,
  },
): SplitChoice {
  return { result: fail({ reason }), unsplit, reasoned: false, ...seen }
}

function reasoningOf(result: Split, prior: Prior | null): Reasoning | undefined {
  if (prior) return joinReasoning(prior.reasoning, result.reasoning)
  return result.reasoning ?? undefined
}

function isDeclined(choice: CompletionChoice): boolean {
  return Boolean(choice.refusal) || choice.finishReason === 'content_filter'
}

/** The upstream's own refusal, as an answer that is judged like any other. */
function declined(options: {
  readonly choice: CompletionChoice
  readonly composition: Composition
  readonly strategy: Strategy
  readonly prior?: Prior | null
  readonly reasoning?: Reasoning | undefined
}): SplitChoice {
  const { choice, composition, strategy, prior, reasoning } = options
  const filler = composition.protocol.texts.fallback?.trim() ?? ''
  const part: OutputPart = choice.refusal
    ? { kind: 'refusal', text: choice.refusal }
    : refusalPart(filler, composition.inquiry)
  const logprobs = logprobsOf(choice, composition, '')
  const answer: Answer = { parts: [part], finishReason: finishOf(choice), logprobs }
  const draft: Draft = {
    strategy,
    reasoning: reasoning ?? createReasoning(''),
    decision: 'refuse',
    citedClauses: prior?.declaration.clauses ?? [],
    answer,
  }
  const reasoned = reasoning !== undefined
  return { result: succeed(draft), unsplit: null, reasoned, calledTools: false, thought: false }
}

function answerParts(choice: CompletionChoice, text: string): readonly OutputPart[] {
  const parts: OutputPart[] = []
  if (text.trim() !== '') parts.push({ kind: 'text', text })
  if (choice.refusal) parts.push({ kind: 'refusal', text: choice.refusal })
  for (const call of choice.toolCalls) parts.push({ kind: 'tool_call', call })
  if (choice.audio) parts.push({ kind: 'opaque', name: 'audio', value: choice.audio })
  const citations = citationsOf(choice, text)
  if (citations.length > 0) parts.push({ kind: 'opaque', name: 'annotations', value: citations })
  if (choice.media) parts.push({ kind: 'opaque', name: 'media', value: choice.media })
  return parts
}

/** Some upstreams send none; what the choice holds tells it. */
function finishOf(choice: CompletionChoice): FinishReason {
  if (choice.finishReason !== null) return choice.finishReason
  return choice.toolCalls.length > 0 ? 'tool_calls' : 'stop'
}

/** A text that the client did not set is one of the gateway's, or a model's. */
function stopOf(
  { stoppedAt }: CompletionChoice,
  { inquiry }: Composition,
): Pick<Answer, 'stoppedAt'> {
  const own = [inquiry.parameters.stop ?? []].flat()
  return stoppedAt !== undefined && own.includes(stoppedAt) ? { stoppedAt } : {}
}

function logprobsOf(choice: CompletionChoice, { inquiry }: Composition, text: string): JsonValue {
  if (!inquiry.demands.logprobs) return null
  return coveringLogprobs(choice.logprobs, { content: text, refusal: choice.refusal ?? '' })
}
