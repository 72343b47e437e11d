/**
 * Step 4, foreign policy: reasoning that rests on a vendor's policy, takes itself for another assistant, or speaks of being
 * judged, tested, watched or logged. Pure; such examples are dropped and never rewritten.
 * What the client brought up itself may be spoken of.
 */

import { singleSpaced } from '../../text/word-pattern.ts'
import type { Example, ExampleCompletion } from '../example.ts'
import type { DropReason, ExampleStage } from '../stage.ts'
import { answerWords, promptTexts } from './example-texts.ts'
import { createFilterStage } from './filter-stage.ts'
import {
  FOREIGN_IDENTITY,
  FOREIGN_IDENTITY_RUNS,
  NAMES,
  RUN_SCRIPTS,
  VENDOR_POLICY,
  VENDOR_POLICY_RUNS,
  WATCHED,
  WATCHED_RUNS,
} from './foreign-words.ts'

type ForeignReason = Extract<DropReason, 'foreign_policy' | 'foreign_identity' | 'watched'>

/** `reasoning`: whether rows show that of failed drafts, which is then held to the same. */
export function createForeignPolicyStage({
  reasoning,
}: {
  readonly reasoning: boolean
}): ExampleStage {
  return createFilterStage({
    name: 'foreign-policy',
    version: 2,
    faultOf,
    ...(reasoning && { keepsDraft: isNotForeign }),
  })
}

function isNotForeign({ reasoning }: ExampleCompletion, { prompt }: Example): boolean {
  return reasoning === null || findForeign(reasoning, promptTexts(prompt).join('\n')) === null
}

function faultOf(example: Example): DropReason | null {
  const { reasoning, attempt } = example.chosen
  if (attempt === null) return null
  const prompt = promptTexts(example.prompt).join('\n')
  const found = reasoning === null ? null : findForeign(reasoning, prompt)
  return found ?? findIdentity(singleSpaced(answerWords(example)), createIsKnown(prompt))
}

/** What is foreign in reasoning, or null. */
export function findForeign(text: string, prompt: string): ForeignReason | null {
  const reasoning = singleSpaced(text)
  const isKnown = createIsKnown(prompt)
  if (
    NAMES.test(reasoning) &&
    hasOwnMatch(reasoning, isKnown, [VENDOR_POLICY, VENDOR_POLICY_RUNS])
  ) {
    return 'foreign_policy'
  }
  const identity = findIdentity(reasoning, isKnown)
  if (identity) return identity
  return hasOwnMatch(reasoning, isKnown, [WATCHED, WATCHED_RUNS]) ? 'watched' : null
}

function findIdentity(text: string, isKnown: IsKnown): ForeignReason | null {
  if (!NAMES.test(text)) return null
  return hasOwnMatch(text, isKnown, [FOREIGN_IDENTITY, FOREIGN_IDENTITY_RUNS])
    ? 'foreign_identity'
    : null
}

/** A word so long that says what a match is about; shorter ones stand in every prompt. */
const TELLING_WORD = /[\p{L}\p{M}]{5,}/gu
const COMMON = new Set(['being', 'would', 'could', 'might', 'about', 'model', 'response', 'answer'])

/** True for a match whose telling words do not all stand in the prompt: nobody but the model brought it up. */
function hasOwnMatch(
  text: string,
  isKnown: IsKnown,
  [words, runs]: readonly [words: RegExp, runs: RegExp],
): boolean {
  const patterns = RUN_SCRIPTS.test(text) ? [words, runs] : [words]
  return patterns.some((pattern) => {
    // Of a pattern so long, `matchAll` would make another each time.
    for (const match of text.match(pattern) ?? []) {
      const telling = (match.toLowerCase().match(TELLING_WORD) ?? [match.toLowerCase()]).filter(
        (word) => !COMMON.has(word),
      )
      if (telling.length === 0 || !telling.every(isKnown)) return true
    }
    return false
  })
}

/** True for a word that the client brought up. */
type IsKnown = (word: string) => boolean

/** Each word is looked for once: a long text says the same again and again. */
function createIsKnown(prompt: string): IsKnown {
  const known = new Map<string, boolean>()
  let searched: string | null = null
  return (word) => {
    const stem = stemOf(word)
    const before = known.get(stem)
    if (before !== undefined) return before
    searched ??= singleSpaced(prompt).toLowerCase()
    const isThere = searched.includes(stem)
    known.set(stem, isThere)
    return isThere
  }
}

/** "evaluated" is brought up by "evaluate", too. */
function stemOf(word: string): string {
  return word.length > 7 ? word.slice(0, 6) : word
}
