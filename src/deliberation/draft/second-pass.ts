/**
 * The second pass of a two-pass draft: the client's own request, with the deliberation as hidden context.
 * Pure. One of the few files that reveal reasoning: the text goes back to the model that wrote it and nowhere else.
 */
import type { Prompt } from '../../conversation/model.ts'
import { createReasoning, type Reasoning, revealReasoning } from '../../conversation/reasoning.ts'
import { neutraliseText } from '../neutralise.ts'
import { fillText } from '../protocol-texts.ts'
import { createRestorer, type RestoreTokens, stringsOfTurns } from '../restore-tokens.ts'
import type { Terms } from '../terms.ts'
import { withAnswerLast } from './begun-answer.ts'
import { boundOf, type Composition, renderPrompt, surround } from './compose.ts'

/** The prompt of the second pass: every parameter as the client sent it, its limit exactly. */
export function renderSecondPass(
  composition: Composition,
  reasoning: Reasoning,
  terms: Terms,
): Prompt {
  const { inquiry, protocol, choices } = composition
  // As one JSON string, so that what the notes quote from the conversation cannot end them.
  const deliberation = JSON.stringify(neutraliseText(revealReasoning(reasoning, 'second-pass')))
  const final = fillText(protocol, 'final-second-pass', { deliberation })
  return renderPrompt(composition, {
    turns: withAnswerLast(composition, (before) => surround(before, final, terms.placement)),
    parameters: { ...inquiry.parameters, ...(choices > 1 ? { n: choices } : {}) },
    bound: boundOf(composition, 'second-pass'),
    terms,
  })
}

/** Gives an answer back what was made harmless in the conversation, and in the notes of a first pass. */
export function createDraftRestorer(
  { inquiry }: Composition,
  notes: Reasoning | null,
): RestoreTokens {
  return createRestorer(function* () {
    yield* stringsOfTurns(inquiry.turns)
    if (notes) yield revealReasoning(notes, 'second-pass')
  })
}

/** The whole thought of a two-pass draft, where the model thought again beside its answer. */
export function joinReasoning(first: Reasoning, second: Reasoning | null): Reasoning {
  if (!second) return first
  const texts = [first, second].map((reasoning) => revealReasoning(reasoning, 'second-pass'))
  return createReasoning(texts.join('\n\n'))
}
