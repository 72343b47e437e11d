/**
 * Reasoning: the hidden chain of thought, as a type that does not print, serialise or compare.
 * Revealing it is a named act. The purposes are a closed list, and lint holds the files that may call it to another:
 * the judge, the transcript, the second pass of a two-pass draft (the text returns to the model that wrote it), the sealing of
 * reasoning that a client carries between turns, and the comparison with the answer, of which one bit comes out.
 */
import { Opaque, reveal } from '../lib/opaque.ts'

declare const brand: unique symbol

export type Reasoning = Opaque<string> & { readonly [brand]: 'reasoning' }

export type RevealPurpose = 'judge' | 'transcript' | 'second-pass' | 'seal' | 'compare'

export function createReasoning(text: string): Reasoning {
  return new Opaque(text) as Reasoning
}

/** Opens reasoning for one named purpose; the argument exists so that every call site states why. */
export function revealReasoning(reasoning: Reasoning, _purpose: RevealPurpose): string {
  return reveal(reasoning)
}
