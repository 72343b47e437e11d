/**
 * An answer that the client has begun: the conversation ends in the assistant's words, for the model to go on from. Pure.
 * Only a second pass can: there the instructions stand before that message, and the answer is not written behind a thought.
 */
import type { Inquiry } from '../../conversation/outcome.ts'
import type { Turn } from '../../conversation/turn.ts'
import { neutraliseTurn } from '../neutralise.ts'

/** The turn that is to be continued; null where the conversation asks for an answer of its own. */
export function begunAnswer({ turns }: Pick<Inquiry, 'turns'>): Turn | null {
  const last = turns.at(-1)
  const isBegun = last?.role === 'assistant' && last.toolCalls === undefined
  return isBegun && last.content ? last : null
}

/** The prompt's turns with the answer that was begun behind them all: `surround` places the instructions among the others. */
export function withAnswerLast<Parts extends { readonly inquiry: Inquiry }>(
  composition: Parts,
  surround: (composition: Parts) => readonly Turn[],
): readonly Turn[] {
  const { inquiry } = composition
  const begun = begunAnswer(inquiry)
  if (begun === null) return surround(composition)
  const before = { ...inquiry, turns: inquiry.turns.slice(0, -1) }
  return [...surround({ ...composition, inquiry: before }), neutraliseTurn(begun)]
}

/** The turns for a pass that only thinks: instructions follow the last, so the mark to go on from it (`prefix`) is left out. */
export function withoutMark(inquiry: Inquiry): Inquiry {
  const begun = begunAnswer(inquiry)
  if (begun?.extra?.prefix === undefined) return inquiry
  const { prefix: _, ...extra } = begun.extra
  return { ...inquiry, turns: [...inquiry.turns.slice(0, -1), { ...begun, extra }] }
}
