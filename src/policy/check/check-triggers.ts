/**
 * How many triggers of a policy may share a word: a word of a request is held against all that have it. Pure. How many there are in
 * all is no matter: teams write them by the hundred for a section, in every language they serve.
 */
import type { Steps } from '../../lib/in-turns.ts'
import { crowdInSteps } from '../select/selection-index.ts'
import type { ParsedPolicy } from '../write/parse.ts'
import { errorAt, type Problem } from '../write/problem.ts'

/** Of the policies that ship, no word is in more than thirty. */
const MAX_SHARING = 5_000
/** Fewer are not counted: a word in all of them is borne. */
const UNCOUNTED = 20_000

/** A longer one would fill the message. */
const MAX_TOLD_WORD = 40

/** Interrupted after each section. */
export function* triggersInSteps({ sections }: ParsedPolicy): Steps<readonly Problem[]> {
  const count = sections.reduce((sum, { section }) => sum + section.triggers.length, 0)
  const [largest] = sections.toSorted(
    (one, other) => other.section.triggers.length - one.section.triggers.length,
  )
  if (!largest || count <= UNCOUNTED) return []
  const { word, phrases } = yield* crowdInSteps(sections.map(({ section }) => section))
  if (phrases <= MAX_SHARING) return []
  const shared = word.length > MAX_TOLD_WORD ? 'one word' : `the word "${word}"`
  const message = `Leave triggers out, here first: ${phrases} of ${count} share ${shared}, and at most ${MAX_SHARING} may`
  return [errorAt(largest.placeOf(['triggers']), message)]
}
