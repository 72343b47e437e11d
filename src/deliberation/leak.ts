/**
 * Finds in an answer what must never leave: nonces, the canary, reasoning's boundaries and its last line, quotations of policy
 * or protocol, and what its own reasoning says of them. All of it in a fold: neither signs that no one sees nor letters that
 * look alike hide it.
 * Pure but for a cache of settled indexes. What the client wrote itself, and what sections offer as responses, may be said.
 */
import { LRUCache } from 'lru-cache'
import type { Answer, OutputPart } from '../conversation/outcome.ts'
import type { Reasoning } from '../conversation/reasoning.ts'
import { type Turn, turnText } from '../conversation/turn.ts'
import type { Bundle, Protocol, Section } from '../policy/section.ts'
import { foldForSecrecy, joinLookAlikes, toSeenLetters } from '../text/fold.ts'
import { runsInFolded, wordRuns } from '../text/word-runs.ts'
import { answerTexts, partTexts, unescapedTexts } from './answer-text.ts'
import { carriesOver } from './carry-over.ts'
import { boundariesIn, forgedIn } from './split/answer-boundary.ts'
import { holdsDecisionLine } from './split/declaration.ts'

export type LeakKind = 'nonce' | 'boundary' | 'canary' | 'decision' | 'policy_text' | 'reasoning'

export type LeakQuery = {
  readonly answer: Answer
  readonly turns: readonly Turn[]
  readonly bundle: Bundle
  readonly protocol: Protocol
  /** Every nonce of the calls behind this draft. */
  readonly nonces: readonly string[]
  readonly canary: string
  /** What the answer was reasoned out with; null where there is nothing to compare it with. */
  readonly reasoning: Reasoning | null
}

export type FindLeak = (query: LeakQuery) => LeakKind | null

/** Bundles and candidates that serve at the same time are few; an index of 200 sections takes some megabytes. */
const MAX_INDEXES = 8

/** An answer with more different ones is no quotation, and looking each of them up would take too long. */
const MAX_QUOTED_BOUNDARIES = 32

export function createLeakFinder(): FindLeak {
  const indexes = new LRUCache<string, ReadonlySet<number>>({ max: MAX_INDEXES })
  const indexOf = (bundle: Bundle, protocol: Protocol) => {
    const key = `${bundle.digest}:${protocol.digest}`
    const known = indexes.get(key)
    if (known) return known
    const index = buildIndex(bundle, protocol)
    indexes.set(key, index)
    return index
  }
  return (query) => {
    const texts = answerTexts(query.answer)
    const seen = texts.map(toSeenLetters)
    const folded = seen.map(joinLookAlikes)
    const own = new OwnWords(query.turns)
    const holds = (secret: string) => {
      const hidden = foldForSecrecy(secret)
      return folded.some((text) => text.includes(hidden))
    }
    if (query.nonces.some(holds)) return 'nonce'
    if (holds(query.canary)) return 'canary'
    if (holdsBoundary(query.answer.parts, own)) return 'boundary'
    if (seen.some(holdsDecisionLine) && !own.seen.some(holdsDecisionLine)) return 'decision'
    const index = indexOf(query.bundle, query.protocol)
    if (folded.some((text) => quotes(text, index, own))) return 'policy_text'
    const { reasoning } = query
    const isCarried = reasoning && carriesOver({ ...query, reasoning, seen, own: () => own.seen })
    return isCarried ? 'reasoning' : null
  }
}

/** What the client wrote, folded when it is first asked for: most answers hold nothing that it could excuse. */
class OwnWords {
  readonly #turns: readonly Turn[]
  #seen: readonly string[] | null = null
  #folded: readonly string[] | null = null
  #runs: ReadonlySet<number> | null = null

  constructor(turns: readonly Turn[]) {
    this.#turns = turns
  }

  get seen(): readonly string[] {
    this.#seen ??= this.#turns.flatMap(ownTexts).map(toSeenLetters)
    return this.#seen
  }

  get folded(): readonly string[] {
    this.#folded ??= this.seen.map(joinLookAlikes)
    return this.#folded
  }

  get runs(): ReadonlySet<number> {
    this.#runs ??= new Set(this.folded.flatMap(runsInFolded))
    return this.#runs
  }
}

/** True for a boundary that the client did not write itself, opener or closer. */
function holdsBoundary(parts: readonly OutputPart[], own: OwnWords): boolean {
  const boundaries = new Set(parts.flatMap(boundariesOf).map(foldForSecrecy).map(withoutSlash))
  if (boundaries.size === 0) return false
  if (boundaries.size > MAX_QUOTED_BOUNDARIES) return true
  const written = own.folded.map(withoutSlash)
  return [...boundaries].some((boundary) => !written.some((text) => text.includes(boundary)))
}

/** Only what is read as prose can begin with a thought, or go over into one. */
function boundariesOf(part: OutputPart): readonly string[] {
  const isProse = part.kind !== 'tool_call' && !(part.kind === 'opaque' && part.name !== 'audio')
  const read = partTexts(part).flatMap((text) => (isProse ? boundariesIn(text) : forgedIn(text)))
  return [...read, ...unescapedTexts(part).flatMap(forgedIn)]
}

function withoutSlash(text: string): string {
  return text.replaceAll('/', '')
}

/** True when the folded text holds a run of the index that stands nowhere in the client's turns. */
function quotes(folded: string, index: ReadonlySet<number>, own: OwnWords): boolean {
  const hits = runsInFolded(folded).filter((run) => index.has(run))
  return hits.some((run) => !own.runs.has(run))
}

function ownTexts(turn: Turn): readonly string[] {
  return [turnText(turn), ...(turn.toolCalls ?? []).map((call) => call.arguments)]
}

function buildIndex(bundle: Bundle, protocol: Protocol): ReadonlySet<number> {
  const hidden = [
    ...Object.values(protocol.texts),
    ...Object.values(bundle.style),
    ...bundle.sections.flatMap(hiddenTexts),
  ]
  const sayable = [protocol.texts.fallback ?? '', ...bundle.sections.flatMap(responseTexts)]
  const index = new Set(hidden.flatMap(wordRuns))
  for (const run of sayable.flatMap(wordRuns)) index.delete(run)
  return index
}

function hiddenTexts(section: Section): readonly string[] {
  const { summary, definitions, allowed, disallowed, rationale, examples, clauses } = section
  return [
    `${section.title} ${summary}`,
    definitions,
    allowed,
    disallowed,
    rationale,
    examples,
    ...clauses.map((clause) => clause.text),
  ]
}

/** What a section offers to be said, in these words if need be. */
function responseTexts(section: Section): readonly string[] {
  return [section.fallback, section.safeCompletion, ...Object.values(section.style)]
}
