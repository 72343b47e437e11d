/**
 * Patterns over the words of many languages. Pure. They are for text that `singleSpaced` gives: where white space is one space and
 * never a run, no pattern has two ways to share it out, and the time it takes grows with the text alone.
 */

const RUN_OR_OTHER_SPACE = /\s{2,}|[^\S ]/g

/** The text with every run of white space as one space. */
export function singleSpaced(text: string): string {
  return text.replace(RUN_OR_OTHER_SPACE, ' ')
}

/** A pattern of one of the alternatives, between word borders of any script. */
export function wordPattern(alternatives: readonly string[]): RegExp {
  const any = alternatives.join('|')
  return new RegExp(String.raw`(?<![\p{L}\p{M}\p{N}])(?:${any})(?![\p{L}\p{M}\p{N}])`, 'giu')
}

/** A pattern of one of the alternatives anywhere: for scripts that write no spaces. */
export function runPattern(alternatives: readonly string[]): RegExp {
  return new RegExp(alternatives.join('|'), 'giu')
}
