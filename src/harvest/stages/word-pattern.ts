/** Patterns over the words of many languages. Pure. */

/** A pattern of one of the alternatives, between word borders of any script; white space in it stands for any. */
export function wordPattern(alternatives: readonly string[]): RegExp {
  const any = alternatives
    .join('|')
    .replaceAll(' ?', String.raw`\s*`)
    .replaceAll(' ', String.raw`\s+`)
  return new RegExp(String.raw`(?<![\p{L}\p{M}\p{N}])(?:${any})(?![\p{L}\p{M}\p{N}])`, 'giu')
}

/** A pattern of one of the alternatives anywhere: for scripts that write no spaces. */
export function runPattern(alternatives: readonly string[]): RegExp {
  return new RegExp(alternatives.join('|'), 'giu')
}
