/**
 * Finds in the texts of a request the phrases and words of an index, each with the strength of its best occurrence. Pure.
 * Bounded whatever the size of the request: of a long text only head and tail are read.
 */
import { foldForSelection } from '../../text/fold.ts'
import { type Piece, scanWords, segmentRun } from '../../text/scan-words.ts'
import { stemForms } from '../../text/stem.ts'
import { peekBase64, unmaskWords } from '../../text/unmask.ts'
import type { SelectionQuery } from './selection.ts'
import type { SelectionIndex } from './selection-index.ts'

export type Matches = {
  /** By phrase: 0 to 1, the weight of the text in which it stood. */
  readonly phrases: ReadonlyMap<number, number>
  /** By term that stands in the prose of a section: the same. */
  readonly terms: ReadonlyMap<number, number>
}

/** Characters read of one request and of one text: enough for any chat, and under a millisecond's work in most. */
const MAX_CHARACTERS = 24_000
const MAX_TEXT_CHARACTERS = 12_000
/** Of a text once it is folded: one character may stand for eighteen, and ordinary text grows by a tenth at most. */
const MAX_FOLDED_CHARACTERS = 2 * MAX_TEXT_CHARACTERS
/** Segmenting is the dearest step; past this the dictionary of the index is matched without word borders. */
const MAX_SEGMENTED_CHARACTERS = 2_000

/** What a text weighs for every turn it lies back, and at least. */
const DECAY = 0.75
const MIN_RECENCY = 0.3
const ROLE_WEIGHTS: Readonly<Record<string, number>> = {
  system: 0.35,
  developer: 0.35,
  assistant: 0.5,
  tool: 0.6,
  function: 0.6,
}

/** Up to so many words a single trigger counts whole; in longer texts it is ever likelier to be in passing. */
const SHORT_TEXT_WORDS = 60
const LENGTH_EXPONENT = 0.3
/** Words of prose meet by chance in proportion to the length of the whole conversation, so they fade faster still. */
const PROSE_LENGTH_EXPONENT = 0.8

/** A two-character match must hold an ideograph, a match in a script of clusters must be longer, or stand between word borders. */
const IDEOGRAPH = /\p{sc=Han}/u
const CLUSTERED = /[\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u
const MIN_CLUSTERED = 5

/** So far apart that no phrase spans two texts. */
const GAP = 1000

export function matchQuery(index: SelectionIndex, query: SelectionQuery): Matches {
  const matcher = new QueryMatcher(index)
  for (const { text, weight } of weighTexts(query)) matcher.read(text, weight)
  return matcher
}

/** The texts to read with their weights, the last first, until the bound on characters is spent. */
function weighTexts(query: SelectionQuery): readonly { text: string; weight: number }[] {
  const lastUser = query.texts.findLastIndex((one) => one.role === 'user')
  const last = query.texts.length - 1
  const weighed: { text: string; weight: number }[] = []
  let left = MAX_CHARACTERS
  let turnsBack = 0
  for (let at = last; at >= 0 && left > 0; at--) {
    const one = query.texts[at]
    if (!one || one.text === '') continue
    const newest = at === last || at === lastUser
    const recency = newest ? 1 : Math.max(MIN_RECENCY, DECAY ** turnsBack)
    const weight = newest ? 1 : recency * (ROLE_WEIGHTS[one.role] ?? 1)
    const text = headAndTail(one.text, Math.min(left, MAX_TEXT_CHARACTERS))
    weighed.push({ text, weight })
    left -= text.length
    if (one.role === 'user') turnsBack++
  }
  return weighed
}

function headAndTail(text: string, limit: number): string {
  if (text.length <= limit) return text
  const half = limit >> 1
  return `${text.slice(0, half)}\n${text.slice(-half)}`
}

function foldWithin(text: string): string {
  return headAndTail(foldForSelection(text), MAX_FOLDED_CHARACTERS)
}

/** What has been met of an index so far, and where in the texts that are read one after another. */
class QueryMatcher implements Matches {
  readonly phrases = new Map<number, number>()
  readonly terms = new Map<number, number>()
  readonly #index: SelectionIndex
  /** By slot, and by phrase: the position at which it was met last. */
  readonly #seenAt: Int32Array
  readonly #metAt: Int32Array
  readonly #strengths: Float64Array
  /** Half the words of a text stand in it more than once. */
  readonly #termsOf = new Map<string, readonly number[]>()
  #position = 0
  #proseFactor = 1
  #wordsRead = 0
  #segmentable = MAX_SEGMENTED_CHARACTERS

  constructor(index: SelectionIndex) {
    this.#index = index
    this.#seenAt = new Int32Array(index.slotCount).fill(-GAP * GAP)
    this.#metAt = new Int32Array(index.phrases.length).fill(-GAP * GAP)
    this.#strengths = new Float64Array(index.phrases.length)
  }

  read(text: string, recency: number): void {
    const folded = foldWithin(text)
    const pieces = scanWords(folded)
    const length = lengthOf(pieces)
    const weight = recency * lengthFactor(length, LENGTH_EXPONENT)
    this.#wordsRead += length
    this.#proseFactor = lengthFactor(this.#wordsRead, PROSE_LENGTH_EXPONENT)
    for (const piece of pieces) this.#meetPiece(piece, weight)
    for (const word of unmaskWords(folded)) {
      this.#position++
      this.#meetWord(word, weight)
    }
    this.#position += GAP
    for (const hidden of peekBase64(text)) {
      for (const piece of scanWords(foldWithin(hidden))) this.#meetPiece(piece, recency)
      this.#position += GAP
    }
  }

  #meetPiece(piece: Piece, weight: number): void {
    this.#position++
    if (piece.kind === 'word') this.#meetWord(piece.text, weight)
    else this.#meetRun(piece.text, weight)
  }

  #meetWord(word: string, weight: number): void {
    let found = this.#termsOf.get(word)
    if (!found) {
      found = findTerms(this.#index, word)
      this.#termsOf.set(word, found)
    }
    for (const term of found) this.#meet(term, weight)
  }

  #meetRun(run: string, weight: number): void {
    const { runs, longestRun } = this.#index
    if (longestRun === 0) return
    const borders = this.#bordersOf(run)
    for (let start = 0; start < run.length; start++) {
      if (start % 2 === 0) this.#position++
      const longest = Math.min(longestRun, run.length - start)
      for (let length = longest; length >= 1; length--) {
        const candidate = run.slice(start, start + length)
        const term = runs.get(candidate)
        if (term === undefined) continue
        const aligned = borders.has(start) && borders.has(start + length)
        if (aligned || standsAlone(candidate)) this.#meet(term, weight)
      }
    }
  }

  #bordersOf(run: string): ReadonlySet<number> {
    const borders = new Set([0])
    if (this.#segmentable < run.length) return borders
    this.#segmentable -= run.length
    let end = 0
    for (const word of segmentRun(this.#index.segmenter, run)) {
      end += word.length
      borders.add(end)
    }
    return borders
  }

  #meet(term: number, weight: number): void {
    const { prose, slots } = this.#index
    const proseWeight = weight * this.#proseFactor
    if (prose[term]?.length && (this.terms.get(term) ?? 0) < proseWeight) {
      this.terms.set(term, proseWeight)
    }
    const pairs = slots[term] ?? []
    for (let at = 0; at < pairs.length; at += 2) {
      this.#meetSlot(pairs[at] ?? 0, pairs[at + 1] ?? 0, weight)
    }
  }

  #meetSlot(at: number, slot: number, weight: number): void {
    const phrase = this.#index.phrases[at]
    if (!phrase) return
    const seenAt = this.#seenAt
    const position = this.#position
    // Most words of a phrase come without the others: that is told first, since it is told most often.
    seenAt[phrase.firstSlot + slot] = position
    const alone = position - (this.#metAt[at] ?? 0) >= phrase.span
    this.#metAt[at] = position
    if ((this.#strengths[at] ?? 0) >= weight || (alone && phrase.needed > 1)) return
    let present = 0
    for (let other = 0; other < phrase.size; other++) {
      if (position - (seenAt[phrase.firstSlot + other] ?? 0) < phrase.span) present++
    }
    if (present < phrase.needed) return
    this.#strengths[at] = weight
    this.phrases.set(at, weight)
  }
}

/** The terms of a word's forms, up to the first that is a word of triggers; one of prose alone does not end the search. */
function findTerms(index: SelectionIndex, word: string): readonly number[] {
  const found: number[] = []
  const isOfTriggers = (form: string): boolean => {
    const term = index.words.get(form)
    if (term === undefined) return false
    found.push(term)
    return (index.slots[term]?.length ?? 0) > 0
  }
  if (!isOfTriggers(word)) stemForms(word).some(isOfTriggers)
  return found
}

function lengthOf(pieces: readonly Piece[]): number {
  let count = 0
  for (const piece of pieces) count += piece.kind === 'word' ? 1 : piece.text.length / 2
  return count
}

function lengthFactor(words: number, exponent: number): number {
  return words <= SHORT_TEXT_WORDS ? 1 : (SHORT_TEXT_WORDS / words) ** exponent
}

function standsAlone(candidate: string): boolean {
  if (CLUSTERED.test(candidate)) return candidate.length >= MIN_CLUSTERED
  return candidate.length > 2 || (candidate.length === 2 && IDEOGRAPH.test(candidate))
}
