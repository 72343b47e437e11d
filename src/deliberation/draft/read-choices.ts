/**
 * Reads the choices of a completion into drafts: splits each, and turns what is left into an answer.
 * Pure. A choice without a clear boundary, or without an answer, is a failure that holds none of its text.
 */

import type { Completion, CompletionChoice, FinishReason } from '../../conversation/model.ts'
import type {
  Answer,
  Draft,
  OutputPart,
  SplitFailure,
  Strategy,
} from '../../conversation/outcome.ts'
import { createReasoning, type Reasoning } from '../../conversation/reasoning.ts'
import type { JsonValue } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import { refusalPart } from '../refusal.ts'
import type { Declaration } from '../split/declaration.ts'
import { coveringLogprobs } from '../split/logprobs.ts'
import { type Boundary, type Split, split, thinksApart } from '../split/split.ts'
import type { Composition } from './compose.ts'
import type { DraftedChoice } from './draft-round.ts'
import { joinReasoning } from './second-pass.ts'

/** The deliberation of a first pass, for the second to carry out. */
export type Prior = { readonly reasoning: Reasoning; readonly declaration: Declaration }

export type ReadOptions = {
  readonly composition: Composition
  readonly strategy: Strategy
  readonly boundary: Boundary
  readonly prior: Prior | null
}

/** As many choices as the composition asked for; one that the upstream left out has no answer. */
export function readChoices(
  completion: Completion,
  options: ReadOptions,
): readonly DraftedChoice[] {
  const byIndex = completion.choices.toSorted((one, other) => one.index - other.index)
  return Array.from({ length: options.composition.choices }, (_, index) => {
    const choice = byIndex[index]
    return choice ? readChoice(choice, options) : failed('no_answer')
  })
}

/** The deliberation of a first pass; else what that pass leaves of every choice. */
export function readFirstPass(
  completion: Completion,
  composition: Composition,
  nonce: string,
): Result<Prior, DraftedChoice> {
  const choice = completion.choices.toSorted((one, other) => one.index - other.index)[0]
  if (!choice) return fail(failed('no_answer'))
  const result = split(choice.output, { kind: 'tagged', nonce }, false)
  if (result.ok && result.value.reasoning !== null) {
    const { reasoning, declaration } = result.value
    return succeed({ reasoning, declaration })
  }
  if (isDeclined(choice)) return fail(declined({ choice, composition, strategy: 'two-pass' }))
  return fail(failed(result.ok ? 'no_reasoning' : result.failure.reason))
}

function readChoice(choice: CompletionChoice, options: ReadOptions): DraftedChoice {
  const { composition, strategy, boundary, prior } = options
  const calledTools = choice.toolCalls.length > 0
  const apart = thinksApart(choice.output)
  const result = splitChoice(choice, boundary)
  const parts = result.ok ? answerParts(choice, result.value.answer) : []
  const isEmpty = parts.every((part) => part.kind === 'opaque' && part.name === 'annotations')
  if (!result.ok || isEmpty) {
    if (isDeclined(choice)) {
      const reasoning = result.ok ? reasoningOf(result.value, prior) : prior?.reasoning
      return declined({ choice, composition, strategy, prior, reasoning })
    }
    return failed(emptyReason(choice, result), { calledTools, thought: apart })
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
      logprobs: logprobsOf(choice, composition, text),
    },
  }
  const thought = strategy === 'tagged' ? apart : result.value.reasoning !== null
  return { result: succeed(draft), reasoned: true, calledTools, thought }
}

function splitChoice(
  { output, toolCalls, audio }: CompletionChoice,
  boundary: Boundary,
): Result<Split, SplitFailure> {
  // The sound of a tagged draft speaks its reasoning, and has no tag to be cut at.
  if (boundary.kind === 'tagged' && audio) return fail({ reason: 'no_boundary' })
  return split(output, boundary, toolCalls.length > 0)
}

function failed(
  reason: SplitFailure['reason'],
  seen: Pick<DraftedChoice, 'calledTools' | 'thought'> = { calledTools: false, thought: false },
): DraftedChoice {
  return { result: fail({ reason }), reasoned: false, ...seen }
}

/** A completion cut by length before its answer began never reached the boundary. */
function emptyReason(
  choice: CompletionChoice,
  result: Result<Split, SplitFailure>,
): SplitFailure['reason'] {
  if (choice.finishReason === 'length') return 'no_boundary'
  return result.ok ? 'no_answer' : result.failure.reason
}

function reasoningOf(result: Split, prior: Prior | null): Reasoning | undefined {
  if (prior) return joinReasoning(prior.reasoning, result.reasoning)
  return result.reasoning ?? undefined
}

function isDeclined(choice: CompletionChoice): boolean {
  return Boolean(choice.refusal) || choice.finishReason === 'content_filter'
}

/** The upstream's own refusal, as an answer that is reviewed like any other. */
function declined(options: {
  readonly choice: CompletionChoice
  readonly composition: Composition
  readonly strategy: Strategy
  readonly prior?: Prior | null
  readonly reasoning?: Reasoning | undefined
}): DraftedChoice {
  const { choice, composition, strategy, prior, reasoning } = options
  const filler = composition.protocol.texts.fallback?.trim() ?? ''
  const part: OutputPart = choice.refusal
    ? { kind: 'refusal', text: choice.refusal }
    : refusalPart(filler, composition.inquiry)
  const answer: Answer = { parts: [part], finishReason: finishOf(choice), logprobs: null }
  const draft: Draft = {
    strategy,
    reasoning: reasoning ?? createReasoning(''),
    decision: 'refuse',
    citedClauses: prior?.declaration.clauses ?? [],
    answer,
  }
  const reasoned = reasoning !== undefined
  return { result: succeed(draft), reasoned, calledTools: false, thought: false }
}

function answerParts(choice: CompletionChoice, text: string): readonly OutputPart[] {
  const parts: OutputPart[] = []
  if (text.trim() !== '') parts.push({ kind: 'text', text })
  if (choice.refusal) parts.push({ kind: 'refusal', text: choice.refusal })
  for (const call of choice.toolCalls) parts.push({ kind: 'tool_call', call })
  if (choice.audio) parts.push({ kind: 'opaque', name: 'audio', value: choice.audio })
  if (choice.annotations?.length) {
    parts.push({ kind: 'opaque', name: 'annotations', value: choice.annotations })
  }
  return parts
}

/** Some upstreams send none; what the choice holds tells it. */
function finishOf(choice: CompletionChoice): FinishReason {
  if (choice.finishReason !== null) return choice.finishReason
  return choice.toolCalls.length > 0 ? 'tool_calls' : 'stop'
}

function logprobsOf(choice: CompletionChoice, { inquiry }: Composition, text: string): JsonValue {
  return inquiry.demands.logprobs ? coveringLogprobs(choice.logprobs, text) : null
}
