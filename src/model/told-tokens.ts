/**
 * How many tokens a refusal says that there were and may be, whatever its dialect. Pure.
 * Counts alone come of it; one that cannot be true is left out.
 */
import type { ToldTokens } from '../conversation/model.ts'
import type { ErrorFields } from './error-fields.ts'

/** What the model can hold. Each ends at the number; the first that fits counts. */
const CONTEXT: readonly RegExp[] = [
  /maximum context length (?:is|of) (?:only )?(\d{1,9})/,
  /(\d{1,9}) maximum context length/,
  /context (?:length|window|size) (?:is |of |\()?(?:only )?(\d{1,9})/,
  /model(?:'s)? max(?:imum)? context length:? (\d{1,9})/,
  /maximum (?:prompt|input|allowed|model) length (?:is |of |\()(\d{1,9})/,
  /max_num_tokens \((\d{1,9})\)/,
  /max_seq_len \((\d{1,9})\)/,
  /must be <= (\d{1,9})/,
  /must have less than (\d{1,9})/,
  /number of tokens allowed \((\d{1,9})/,
  /(?:cannot exceed|limit of|limit is|token limit:|tokens limit|only supports up to|max size:) (\d{1,9})/,
  /input length should be \[1, (\d{1,9})\]/,
  /tokens > (\d{1,9})/,
  /context limit: \d{1,9} \+ \d{1,9} > (\d{1,9})/,
]

/** What the prompt takes. */
const PROMPT: readonly RegExp[] = [
  /(\d{1,9}) in the messages/,
  /(\d{1,9}) (?:tokens )?(?:from the input|(?:of )?text input)/,
  /(?:has|passed|contains|contains at least) (\d{1,9}) input tokens/,
  /prompt contains (?:at least )?(\d{1,9})/,
  /messages resulted in (\d{1,9})/,
  /prompt is too long: (\d{1,9})/,
  /prompt (?:length )?\((?:(?:total )?length )?(\d{1,9})/,
  /(?:keep the first|number of input tokens) (\d{1,9})/,
  /input (?:length )?\((\d{1,9})/,
  /token count (?:of |is |\()(\d{1,9})/,
  /(\d{1,9}) `inputs` tokens/,
  /given: (\d{1,9})/,
  /request contains (\d{1,9})/,
  /current length is (\d{1,9})/,
  /requested tokens \((\d{1,9})/,
  /request \((\d{1,9}) tokens\)/,
  /context limit: (\d{1,9})/,
]

/** Fewer is a number of something else. */
const FEWEST_TOKENS = 16

/** Null where it tells none. `bound`: the output tokens that the call asked for, where they may be at fault; else null. */
export function toldTokens({ text, counts }: ErrorFields, bound: number | null): ToldTokens | null {
  const plain = text.replace(/(?<=\d),(?=\d{3}(?!\d))/g, '')
  const context = counts.context ?? firstOf(CONTEXT, plain)
  const prompt = counts.prompt ?? firstOf(PROMPT, plain)
  const output = context === null && prompt === null ? highestBelow(plain, bound) : null
  return context === null && prompt === null && output === null ? null : { context, prompt, output }
}

function firstOf(patterns: readonly RegExp[], text: string): number | null {
  for (const pattern of patterns) {
    const count = countOf(pattern.exec(text)?.[1])
    if (count !== null) return count
  }
  return null
}

/** Digits of a name or a date are none. */
const COUNT_ALONE = /(?<![\w.-])\d{1,9}(?![\w-])/g

/** A server that names a bound as too high says what it would take, in many words but in one number. */
function highestBelow(text: string, bound: number | null): number | null {
  if (bound === null) return null
  const counts = (text.match(COUNT_ALONE) ?? []).map(countOf)
  const lower = counts.filter((count) => count !== null && count < bound)
  return lower.length > 0 ? Math.max(...(lower as number[])) : null
}

function countOf(digits: string | undefined): number | null {
  const count = Number(digits)
  return Number.isSafeInteger(count) && count >= FEWEST_TOKENS ? count : null
}
