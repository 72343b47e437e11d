/**
 * Calls a model on the terms that its upstream is known to take, and learns them from its refusals: what is the gateway's own
 * and refused is taken back, once, and remembered for the model. I/O through the given call. The number of calls is bounded.
 */
import type { Completion, ModelFailure, Prompt } from '../conversation/model.ts'
import type { Result } from '../lib/result.ts'
import type { CapabilityFacts, CapabilityMemory } from './memory.ts'
import { type Concession, concede, guesses, mayGuessOn, type Offer } from './take-back.ts'
import { FIRST_TERMS, LIMIT_NAMES, type Placement, type Terms } from './terms.ts'

export type CallOnTerms = {
  readonly memory: CapabilityMemory
  /** Under which the terms are remembered. */
  readonly key: string
  /** What does not depend on the upstream: a placement that an operator has set. */
  readonly fixed?: Partial<Terms>
  readonly render: (terms: Terms) => Offer
  readonly complete: (prompt: Prompt) => Promise<Result<Completion, ModelFailure>>
}

/** Far more than any one server needs. */
const MAX_CALLS = 10

/** What came of it, and the prompt of the call that told so. */
export async function callOnTerms(
  call: CallOnTerms,
): Promise<{ readonly result: Result<Completion, ModelFailure>; readonly prompt: Prompt }> {
  const { memory, key, fixed, render, complete } = call
  const facts = memory.recall(key)
  let terms: Terms = { ...FIRST_TERMS, ...facts, ...fixed }
  let learnt: CapabilityFacts = {}
  let calls = 0
  const tried = new Set<Placement>()

  const ask = async (asked: Terms, fact: CapabilityFacts) => {
    calls++
    tried.add(asked.placement)
    const offer = render(asked)
    const result = await complete(offer.prompt)
    if (result.ok) memory.learn(key, { ...accepted(asked, offer), ...learnt, ...fact })
    return { result, offer }
  }

  let { result, offer } = await ask(terms, {})
  while (!result.ok && calls < MAX_CALLS) {
    const step = concede(result.failure, terms, offer, tried)
    if (!step) break
    terms = { ...terms, ...step.terms }
    learnt = { ...learnt, ...step.fact }
    ;({ result, offer } = await ask(terms, {}))
  }
  const { prompt } = offer
  if (result.ok) return { result, prompt }
  const guessed = await guessOn(guesses(result.failure, offer, facts, tried), {
    isOver: () => calls >= MAX_CALLS,
    ask: async (guess) => (await ask({ ...terms, ...guess.terms }, guess.fact)).result,
  })
  return { result: guessed ?? result, prompt }
}

/** What a guess came to that ended the guessing; null where none has helped, so that the first refusal stands. */
async function guessOn(
  all: readonly Concession[],
  {
    isOver,
    ask,
  }: {
    readonly isOver: () => boolean
    readonly ask: (guess: Concession) => Promise<Result<Completion, ModelFailure>>
  },
): Promise<Result<Completion, ModelFailure> | null> {
  for (const guess of all) {
    if (isOver()) return null
    const result = await ask(guess)
    if (result.ok || !mayGuessOn(result.failure)) return result
  }
  return null
}

/** What a call that succeeded has shown. */
function accepted(terms: Terms, offer: Offer): CapabilityFacts {
  const { prompt, bound, placements, wantsForm, hasAsides = false } = offer
  const { placement, countsStream, limitName, jsonForm, asides } = terms
  const isBound = bound.parameter === null && LIMIT_NAMES.some((name) => name in prompt.parameters)
  return {
    ...(placements.length > 0 && { placement }),
    ...(prompt.stream && countsStream && { countsStream }),
    ...(isBound && { limitName }),
    ...(wantsForm && { jsonForm }),
    ...(hasAsides && { asides }),
  }
}
