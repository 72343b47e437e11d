/**
 * Finds in an answer what must never leave: nonces, the canary, reasoning's boundaries and its last line, and quotations of
 * policy or protocol.
 * Pure but for a cache of settled indexes. What the client wrote itself, and what sections offer as responses, may be said.
 */
import { LRUCache } from 'lru-cache'
import type { Answer } from '../conversation/outcome.ts'
import { type Turn, turnText } from '../conversation/turn.ts'
import type { Bundle, Protocol, Section } from '../policy/section.ts'
import { wordRuns } from '../text/word-runs.ts'
import { answerTexts } from './answer-text.ts'
import { readMarker } from './split/boundary-marker.ts'
import { holdsDecisionLine } from './split/declaration.ts'

export type LeakKind = 'nonce' | 'boundary' | 'canary' | 'decision' | 'policy_text'

export type LeakQuery = {
  readonly answer: Answer
  readonly turns: readonly Turn[]
  readonly bundle: Bundle
  readonly protocol: Protocol
  /** Every nonce of the calls behind this draft. */
  readonly nonces: readonly string[]
  readonly canary: string
}

export type FindLeak = (query: LeakQuery) => LeakKind | null

/** Bundles and candidates that serve at the same time are few; an index of 200 sections takes some megabytes. */
const MAX_INDEXES = 8

const MARKER_START = /[<[◁]/g

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
    const lower = texts.map((text) => text.toLowerCase())
    const own = query.turns.flatMap(ownTexts)
    if (lower.some((text) => query.nonces.some((nonce) => text.includes(nonce)))) return 'nonce'
    if (lower.some((text) => text.includes(query.canary))) return 'canary'
    if (holdsBoundary(texts, own)) return 'boundary'
    if (texts.some(holdsDecisionLine) && !own.some(holdsDecisionLine)) return 'decision'
    const index = indexOf(query.bundle, query.protocol)
    return texts.some((text) => quotes(text, index, own)) ? 'policy_text' : null
  }
}

/** True for a boundary that the client did not write itself. */
function holdsBoundary(texts: readonly string[], own: readonly string[]): boolean {
  const boundaries = new Set(texts.flatMap(boundariesOf))
  if (boundaries.size === 0) return false
  if (boundaries.size > MAX_QUOTED_BOUNDARIES) return true
  const lower = own.map((text) => text.toLowerCase())
  return [...boundaries].some((raw) => !lower.some((text) => text.includes(raw)))
}

function boundariesOf(text: string): readonly string[] {
  const found: string[] = []
  for (const { index: at } of text.matchAll(MARKER_START)) {
    const marker = readMarker({ text, at, atEnd: true })
    if (marker === null || marker === 'more') continue
    // Between backticks a tag is spoken of, as in a lesson on chat templates.
    if (text[at - 1] === '`' && marker.family !== 'deliberation') continue
    found.push(marker.raw.toLowerCase())
  }
  return found
}

/** True when the text holds a run of the index that stands nowhere in the client's turns. */
function quotes(text: string, index: ReadonlySet<number>, own: readonly string[]): boolean {
  const hits = wordRuns(text).filter((run) => index.has(run))
  if (hits.length === 0) return false
  const sayable = new Set(own.flatMap(wordRuns))
  return hits.some((run) => !sayable.has(run))
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
