/**
 * What the stand-in says, in its own words: its note, its refusals, and the sentences that stand for faults.
 * No I/O. None of it may be taken from a policy: a draft that repeats policy text is a leak.
 */
import type { TopicDecision } from './topics.ts'

/** Begins or ends every answer. */
export const NOTE = '(I am a scripted stand-in, not a language model.)'

const PREPARED: Readonly<Record<TopicDecision, string>> = {
  comply:
    'Here is a prepared reply: your message arrived whole, and a real model would answer it at this point.',
  safe_complete:
    'I cannot go into particulars here, but you do not have to face this alone: a doctor, a local emergency number or a crisis line can help you today, and I am glad to talk through what is on your mind.',
  refuse:
    "I'm sorry, but I can't help with that. If there is a harmless question behind it, I will gladly take that one up.",
}

export function preparedText(decision: TopicDecision): string {
  return PREPARED[decision]
}

/** The sentence of a draft that a review by the stand-in finds to violate `clause`. */
export function violationSentence(clause: string): string {
  return `This sentence stands in for a violation of ${clause}.`
}

export const VIOLATION = /This sentence stands in for a violation of ([A-Z]{2,8}\d{1,3})\./g

/** The hint of such a finding; a draft whose instructions carry it comes out clean. */
export const VIOLATION_HINT = 'Leave out the sentence that stands in for a violation.'

/** The sentence of a reasoning that a review by the stand-in finds ungrounded. */
export const POOR_REASONING = 'This sentence stands in for reasoning without grounds.'

/** At most so many words of the client are quoted back: fewer than any leak check takes for a run. */
const QUOTED_WORDS = 8

/** The first words of a text, letters and digits only, so that no forged markup is ever repeated. */
export function openingWords(text: string): string {
  const words = text.match(/[\p{L}\p{N}\p{M}'’]+/gu) ?? []
  return words
    .slice(0, QUOTED_WORDS)
    .map((word) => word.slice(0, 40))
    .join(' ')
}
