/**
 * Runs of consecutive words, as fingerprints: how quoted text is found again, whatever it is dressed in. Pure.
 * Words are those of the fold for secrecy. In scripts that write no spaces a letter is a word.
 */
import { foldForSecrecy } from './fold.ts'
import { joinFolded, printsOf, runsOf } from './words.ts'

/** So many words in a row are a quotation; fewer happen by chance. */
export const RUN_WORDS = 12

/** The fingerprint of every run of RUN_WORDS words in the text, in order; none for a shorter text. */
export function wordRuns(text: string): readonly number[] {
  return runsInFolded(foldForSecrecy(text))
}

/** The same of text that was folded for secrecy before. */
export function runsInFolded(folded: string): readonly number[] {
  return [...runsOf(printsOf(joinFolded(folded)), RUN_WORDS)]
}
