/**
 * The lexical selector: matches to a score and a reason for every section, and the choice of those shown in full.
 * Pure and deterministic, without model or network. Below the threshold a section keeps its summary; none is ever left out.
 */

import type { Bundle } from '../section.ts'
import { type Matches, matchQuery } from './match-query.ts'
import type { SelectedSection, Selection, SelectionQuery } from './selection.ts'
import type { IndexedSection, SelectionIndex } from './selection-index.ts'

type Scored = IndexedSection & {
  readonly at: number
  readonly score: number
  readonly reason: string
}

type MatchedWord = { readonly weight: number; readonly display: string }

/** What one unit of evidence, a trigger in a short last turn, is worth: 1 − e^−0.6 ≈ 0.45. */
const STEEPNESS = 0.6
/** Prose speaks in general words: it takes several of them, and they never say as much as the author's triggers. */
const PROSE_WEIGHT = 0.14
const MIN_PROSE_TERMS = 2
const MAX_PROSE_EVIDENCE = 0.7
const MAX_REASON_TERMS = 6
/** Below this score a list of words would explain nothing. */
const MIN_EXPLAINED = 0.1
const MAX_EXPLAINED = 20

/** Scores every section of a bundle against the texts of a request (and of its draft, where there is one). */
export function selectFromIndex(
  index: SelectionIndex,
  query: SelectionQuery,
  settings: Bundle['selection'],
): Selection {
  const scored = scoreSections(index, matchQuery(index, query))
  const chosen = choose(scored, index.overriders, settings)
  return {
    sections: scored.map(({ at, section, score, reason }): SelectedSection => {
      const why = chosen.get(at)
      return {
        section,
        score: section.always ? 1 : score,
        reason: why ?? reason,
        full: why !== undefined,
      }
    }),
  }
}

function scoreSections(index: SelectionIndex, matches: Matches): readonly Scored[] {
  const count = index.sections.length
  const triggers = new Float64Array(count)
  const prose = new Float64Array(count)
  const proseTerms = new Uint32Array(count)
  for (const [at, strength] of matches.phrases) {
    const phrase = index.phrases[at]
    if (phrase)
      triggers[phrase.section] = (triggers[phrase.section] ?? 0) + phrase.weight * strength
  }
  for (const [term, strength] of matches.terms) {
    for (const one of index.prose[term] ?? []) {
      prose[one.section] = (prose[one.section] ?? 0) + PROSE_WEIGHT * one.weight * strength
      proseTerms[one.section] = (proseTerms[one.section] ?? 0) + 1
    }
  }
  const scores = index.sections.map((_, at) => {
    const general =
      (proseTerms[at] ?? 0) < MIN_PROSE_TERMS ? 0 : Math.min(prose[at] ?? 0, MAX_PROSE_EVIDENCE)
    return Math.round((1 - Math.exp(-STEEPNESS * ((triggers[at] ?? 0) + general))) * 1000) / 1000
  })
  const words = wordsOf(index, matches, scores)
  return index.sections.map(({ section, tokens, rank }, at) => {
    const reason = renderReason(words.get(at) ?? [])
    return { at, section, tokens, rank, score: scores[at] ?? 0, reason }
  })
}

/** What matched, for the sections whose score is worth a word. */
function wordsOf(
  index: SelectionIndex,
  matches: Matches,
  scores: readonly number[],
): ReadonlyMap<number, MatchedWord[]> {
  const highest = scores
    .map((score, at) => ({ score, at }))
    .filter(({ score }) => score >= MIN_EXPLAINED)
    .sort((a, b) => b.score - a.score || a.at - b.at)
    .slice(0, MAX_EXPLAINED)
  const words = new Map<number, MatchedWord[]>(highest.map(({ at }) => [at, []]))
  if (words.size === 0) return words
  for (const [at, strength] of matches.phrases) {
    const phrase = index.phrases[at]
    if (!phrase) continue
    words.get(phrase.section)?.push({ weight: phrase.weight * strength, display: phrase.display })
  }
  for (const [term, strength] of matches.terms) {
    for (const one of index.prose[term] ?? []) {
      const weight = PROSE_WEIGHT * one.weight * strength
      words.get(one.section)?.push({ weight, display: one.display })
    }
  }
  return words
}

function renderReason(words: readonly MatchedWord[]): string {
  if (words.length === 0) return 'too little matched'
  const strongest: MatchedWord[] = []
  for (const word of words) {
    if (strongest.some((one) => one.display === word.display)) continue
    const place = strongest.findIndex((one) => precedes(word, one))
    strongest.splice(place < 0 ? strongest.length : place, 0, word)
    if (strongest.length > MAX_REASON_TERMS) strongest.pop()
  }
  return `matched: ${strongest.map((one) => one.display).join(', ')}`
}

function precedes(a: MatchedWord, b: MatchedWord): boolean {
  return a.weight > b.weight || (a.weight === b.weight && a.display < b.display)
}

/** Which sections are shown in full, each with its reason. */
function choose(
  scored: readonly Scored[],
  overriders: SelectionIndex['overriders'],
  settings: Bundle['selection'],
): ReadonlyMap<number, string> {
  const chosen = new Map<number, string>()
  let tokens = 0
  let count = 0
  for (const one of scored) {
    if (!one.section.always) continue
    chosen.set(one.at, 'always')
    tokens += one.tokens
  }
  const admit = (one: Scored, reason: string) => {
    if (chosen.has(one.at)) return
    if (count >= settings.maxSections || tokens + one.tokens > settings.maxTokens) return
    chosen.set(one.at, reason)
    tokens += one.tokens
    count++
  }
  const relevant = scored
    .filter((one) => !one.section.always && one.score > 0 && one.score >= settings.threshold)
    .toSorted((a, b) => b.score - a.score || a.rank - b.rank || a.at - b.at)
  for (const one of relevant) admit(one, one.reason)
  // Whatever prevails over a section that is shown must be shown beside it, as far as there is room.
  for (const below of relevant.filter((one) => chosen.has(one.at))) {
    for (const at of overriders.get(below.section.id) ?? []) {
      const above = scored[at]
      if (above) admit(above, `overrides ${below.section.id}`)
    }
  }
  return chosen
}
