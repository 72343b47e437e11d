/**
 * Which way a draft is made: by the operator's setting, what is known of the model, and the shape of the request.
 * Pure. A request that a tagged draft would bend is never drafted that way.
 */

import type { SplitFailure } from '../../conversation/failures.ts'
import type { Inquiry, Strategy } from '../../conversation/outcome.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { CapabilityFacts } from '../memory.ts'
import { isBounded } from '../terms.ts'
import { begunAnswer } from './begun-answer.ts'

export type StrategySetting = 'auto' | Strategy

/** Under this many tokens an answer's own bound must hold exactly, which only a second pass can promise. */
const TIGHT_LIMIT_TOKENS = 256

export function chooseStrategy(options: {
  readonly setting: StrategySetting
  readonly inquiry: Inquiry
  readonly facts: CapabilityFacts
  /** Of the reasoning, in tokens. */
  readonly budget: number
}): Strategy {
  const { setting, inquiry, facts, budget } = options
  if (begunAnswer(inquiry)) return 'two-pass'
  if (setting === 'tagged') return breaksTags(inquiry) ? 'two-pass' : 'tagged'
  if (setting !== 'auto') return setting
  // Tags work with every model, and a model that reasons by itself shows it beside them; trying `native` first would
  // cost a model that does not a whole draft.
  return facts.reasoningField === true ? 'native' : withTags(inquiry, facts, budget)
}

/** The strategy to fall to when `failed` gave no draft; null when the failure has to stand. */
export function fallFrom(options: {
  readonly setting: StrategySetting
  readonly failed: Strategy
  readonly failure: SplitFailure
  /** Of a draft that was cut by length: that it showed no sign of reasoning. */
  readonly marksNothing?: boolean
  readonly inquiry: Inquiry
  readonly facts: CapabilityFacts
  readonly budget: number
}): Strategy | null {
  const { setting, failed, failure, marksNothing = false, inquiry, facts, budget } = options
  if (setting !== 'auto') return null
  if (failed === 'native' && (failure.reason === 'no_reasoning' || marksNothing)) {
    return withTags(inquiry, facts, budget)
  }
  if (failed === 'tagged' && (failure.reason === 'no_boundary' || marksNothing)) {
    return facts.reasoningField === true ? 'native' : 'two-pass'
  }
  return null
}

function withTags(
  inquiry: Inquiry,
  { textBesideTools, outputTokens }: CapabilityFacts,
  budget: number,
): 'tagged' | 'two-pass' {
  const { demands, choices, limit } = inquiry
  const silentBesideTools = demands.tools && textBesideTools === false
  const tight = limit !== null && limit.tokens < TIGHT_LIMIT_TOKENS
  // Where the model will not write both in one go, the answer would pay for the reasoning.
  const squeezed =
    outputTokens !== undefined && limit !== null && limit.tokens + budget > outputTokens
  const forced = breaksTags(inquiry) || choices > 1 || silentBesideTools || tight || squeezed
  return forced ? 'two-pass' : 'tagged'
}

/** Shapes under which tags cannot be written, or would change what the client gets. */
function breaksTags({ demands, parameters }: Inquiry): boolean {
  const { structured, logprobs, stop, audio, tools } = demands
  const isBent = structured || logprobs || stop || audio || isBounded(parameters)
  return isBent || (tools && forcesCall(parameters))
}

/** A call that is demanded comes alone: a model that must make one can write nothing before it. */
function forcesCall({ tool_choice, function_call }: JsonObject): boolean {
  return [tool_choice, function_call].some(
    (choice) => choice != null && choice !== 'auto' && choice !== 'none',
  )
}
