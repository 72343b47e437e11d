/**
 * Whether an answer carries over what its own reasoning says of the policy: clause ids, stages, the weighing, the decision. Pure.
 * One of the few files that reveal reasoning: what comes out of it is one bit. Words that the reasoning drafted for the answer
 * are no leak, and neither is what the client spoke of first. A paraphrase passes: it is for the judge to see.
 */
import { type Reasoning, revealReasoning } from '../conversation/reasoning.ts'
import type { Bundle, Protocol } from '../policy/section.ts'
import { toSeenLetters } from '../text/fold.ts'
import { joinFolded, printsOf, runsOf } from '../text/words.ts'
import { clauseIds } from './select.ts'
import { decisionLinesOf } from './split/declaration.ts'

export type CarryOverQuery = {
  /** What a client could read, as letters are seen. */
  readonly seen: readonly string[]
  /** The client's own words, in the same form. */
  readonly own: () => readonly string[]
  readonly reasoning: Reasoning
  readonly bundle: Bundle
  readonly protocol: Protocol
}

/** So many words of a sentence that speaks of policy; decision 0029 says what was measured. */
const RUN_WORDS = 8
/** A shorter sentence must come over whole, and one of fewer words is anybody's. */
const MIN_WORDS = 4

/** How one speaks who weighs a policy: with an article where others use the word, too. */
const SPEAKS = new RegExp(
  `(?<![^ ])(?:${[
    'clauses?|(?:the|this|our|under) polic(?:y|ies)|the guidance|compl(?:y|ies)|safe complete|disallowed',
    'klauseln?|(?:die|der|dieser) richtlinien?|(?:la|cette) politique|(?:la|esta|a) politica',
  ].join('|')})(?![^ ])`,
  'g',
)

export function carriesOver(query: CarryOverQuery): boolean {
  const thought = toSeenLetters(revealReasoning(query.reasoning, 'compare'))
  if (thought.trim() === '') return false
  const { seen, bundle, protocol } = query
  const [thoughtWords, answerWords] = [wordSet([thought]), wordSet(seen)]
  const ids = clauseIds(bundle.sections).map(toSeenLetters)
  const own = new OwnWords(query.own)
  if (ids.some((id) => thoughtWords.has(id) && answerWords.has(id) && !own.has(id))) return true
  const holdsDecision = (text: string) => decisionLinesOf(text).length > 0
  const heads = stagesOf(protocol)
  const holdsStages = (text: string) => headsIn(text, heads).size > 1
  for (const holds of [holdsDecision, holdsStages]) {
    if (holds(thought) && seen.some(holds) && !own.some(holds)) return true
  }
  const cited = new Set(ids.filter((id) => thoughtWords.has(id) && !own.has(id)))
  return sharesSentence(thought, seen, (sentence) => {
    const phrases = sentence.match(SPEAKS) ?? []
    if (phrases.some((phrase) => !own.has(phrase.split(' ').at(-1) ?? ''))) return true
    return cited.size > 0 && sentence.split(' ').some((word) => cited.has(word))
  })
}

/** Read when there is something to excuse. */
class OwnWords {
  readonly #texts: () => readonly string[]
  #words: ReadonlySet<string> | null = null

  constructor(texts: () => readonly string[]) {
    this.#texts = texts
  }

  has(word: string): boolean {
    this.#words ??= wordSet(this.#texts())
    return this.#words.has(word)
  }

  some(holds: (text: string) => boolean): boolean {
    return this.#texts().some(holds)
  }
}

function wordSet(texts: readonly string[]): ReadonlySet<string> {
  return new Set(texts.flatMap((text) => joinFolded(text).split(' ')))
}

const STAGE = /^\d+\.\s+\*\*(\p{L}+)/gmu
const HEAD = /^[^\p{L}]{0,12}(?:stage\s\d\W{0,4})?(\p{L}+)[*_ ]{0,4}[.:)*–—-]/u

/** The names of the protocol's stages. */
function stagesOf({ texts }: Protocol): ReadonlySet<string> {
  const names = [...(texts.stages ?? '').matchAll(STAGE)].map(([, name = '']) => name)
  return new Set(names.map(toSeenLetters))
}

/** Those of them that stand at the head of a line. */
function headsIn(text: string, stages: ReadonlySet<string>): ReadonlySet<string> {
  const heads = text.split('\n').map((line) => HEAD.exec(line.slice(0, 80))?.[1] ?? '')
  return new Set(heads.filter((head) => stages.has(head)))
}

/** What is quoted in a thought was drafted for the answer, or is the client's. */
const QUOTED = /"[^"\n]*"|“[^“”\n]*”|«[^«»\n]*»/g
/** So is what a colon leads to. */
const SENTENCE_ENDS = /[\n.!?;:。！？；：]+/

/** True where a sentence of the thought that speaks of policy comes over, whole or for RUN_WORDS of it. */
function sharesSentence(
  thought: string,
  seen: readonly string[],
  speaks: (sentence: string) => boolean,
): boolean {
  const byLength = new Map<number, Set<number>>()
  for (const sentence of thought.replace(QUOTED, '\n').split(SENTENCE_ENDS)) {
    const joined = joinFolded(sentence)
    const length = Math.min(joined.split(' ').length, RUN_WORDS)
    if (length < MIN_WORDS || !speaks(joined)) continue
    const runs = byLength.get(length) ?? new Set()
    byLength.set(length, runs)
    for (const run of runsOf(printsOf(joined), length)) runs.add(run)
  }
  if (byLength.size === 0) return false
  return seen.some((text) => {
    const prints = printsOf(joinFolded(text))
    return [...byLength].some(([length, runs]) =>
      runsOf(prints, length).some((run) => runs.has(run)),
    )
  })
}
