/**
 * The lexical index of one bundle: which words and phrases of the policy's own text speak for which section.
 * Pure and immutable once built; one per bundle digest. It holds no text of any request.
 */
import { estimateTokenCount } from 'tokenx'
import { amountOf, atOnce, type Steps } from '../../lib/in-turns.ts'
import { foldForSelection } from '../../text/fold.ts'
import { scanWords } from '../../text/scan-words.ts'
import { GENERIC_WORDS, STOP_WORDS } from '../../text/stop-words.ts'
import { rankOf, renderSection } from '../render.ts'
import type { Bundle, Section } from '../section.ts'
import { Vocabulary, type WordTerm } from './vocabulary.ts'

/** Words that must stand near one another to count: a trigger, or a title. */
export type Phrase = {
  readonly section: number
  /** The author's own spelling, for the reason. */
  readonly display: string
  readonly weight: number
  /** How many distinct terms it has, and how many of them must be there. */
  readonly size: number
  readonly needed: number
  /** Within how many words they must all stand. */
  readonly span: number
  /** The index of its first slot among the slots of all phrases. */
  readonly firstSlot: number
}

export type ProseTerm = {
  readonly section: number
  readonly weight: number
  readonly display: string
}

export type IndexedSection = {
  readonly section: Section
  readonly tokens: number
  readonly rank: number
}

export type SelectionIndex = {
  readonly sections: readonly IndexedSection[]
  /** From every spelling and stem to the number of a term. */
  readonly words: ReadonlyMap<string, number>
  /** The same for words of scripts without word boundaries. */
  readonly runs: ReadonlyMap<string, number>
  readonly longestRun: number
  readonly segmenter: Intl.Segmenter
  readonly phrases: readonly Phrase[]
  /** By term: pairs of a phrase and one of its slots. */
  readonly slots: readonly (readonly number[])[]
  readonly slotCount: number
  readonly prose: readonly (readonly ProseTerm[])[]
  readonly overriders: ReadonlyMap<string, readonly number[]>
}

/** How much each field says about a section, relative to one another. */
const PROSE_FIELDS: readonly (readonly [(section: Section) => string, number])[] = [
  [(section) => section.title, 3],
  [(section) => section.summary, 2],
  [(section) => section.definitions, 0.8],
  [(section) => section.clauses.map((clause) => clause.text).join('\n'), 0.8],
  [(section) => section.examples, 0.4],
]

/** A word of triggers says more the more of a section's triggers hold it (fake ID, fake reviews, fake charity). */
const TRIGGER_WORD_WEIGHT = 0.8
const MAX_TRIGGER_WORD_WEIGHT = 3

/** A word in the prose of more sections than this tells none of them from the rest. */
const COMMON_SHARE = 0.25
const MIN_COMMON = 3

/** A trigger of more words than this is an example: most of it must be there, not all. */
const MAX_EXACT_TERMS = 4
const EXAMPLE_SHARE = 0.6
/** Words that may stand between the words of a phrase. */
const SLACK = 2

export function buildSelectionIndex(bundle: Bundle): SelectionIndex {
  return atOnce(indexInSteps(bundle))
}

/** The same, interrupted after each section. */
export function* indexInSteps(bundle: Bundle): Steps<SelectionIndex> {
  const builder = new SelectionIndexBuilder()
  yield* phrasesInSteps(builder, bundle.sections)
  const sections: IndexedSection[] = []
  for (const [at, section] of bundle.sections.entries()) {
    builder.addProse(at, section)
    const text = renderSection(section)
    const tokens = estimateTokenCount(text)
    sections.push({ section, tokens, rank: rankOf(bundle, section.id) })
    yield amountOf(text.length + lengthOf(section.triggers))
  }
  return builder.finish(sections)
}

/** The word that most phrases of a policy share, and how many these are: each is looked at wherever a request has the word. */
export type Crowd = { readonly word: string; readonly phrases: number }

/** Interrupted after each section. */
export function* crowdInSteps(sections: readonly Section[]): Steps<Crowd> {
  const builder = new SelectionIndexBuilder()
  yield* phrasesInSteps(builder, sections)
  return builder.crowd()
}

function* phrasesInSteps(
  builder: SelectionIndexBuilder,
  sections: readonly Section[],
): Steps<void> {
  for (const [at, section] of sections.entries()) {
    for (const trigger of section.triggers) builder.addPhrase(at, trigger)
    for (const clause of section.clauses) builder.addPhrase(at, clause.id)
    yield amountOf(lengthOf([...section.triggers, ...section.clauses.map(({ id }) => id)]))
  }
}

function lengthOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, texts.length)
}

/** By the id of a section: those that override it, in the bundle's order. */
function overridersOf(sections: readonly IndexedSection[]): ReadonlyMap<string, readonly number[]> {
  const overriders = new Map<string, number[]>()
  for (const [at, { section }] of sections.entries()) {
    for (const id of new Set(section.overrides)) {
      const above = overriders.get(id) ?? []
      above.push(at)
      overriders.set(id, above)
    }
  }
  return overriders
}

/** The phrases of a bundle by their terms: one that several sections share says less. */
class PhraseList {
  /** By term: pairs of a phrase and one of its slots. */
  readonly slots: number[][] = []
  slotCount = 0
  readonly #phrases: Phrase[] = []
  readonly #keys: string[] = []
  /** By key: how many sections share it, and the last of them. They come in order. */
  readonly #sharing = new Map<string, { readonly count: number; readonly last: number }>()

  add({ section, display, terms, span }: NewPhrase): void {
    const distinct = [...new Set(terms)].sort((a, b) => a - b)
    const key = distinct.join(' ')
    const { count = 0, last } = this.#sharing.get(key) ?? {}
    // A doubled word would be met by any single one.
    if (distinct.length < Math.min(terms.length, 2) || last === section) return
    this.#sharing.set(key, { count: count + 1, last: section })
    const size = distinct.length
    const needed = size > MAX_EXACT_TERMS ? Math.ceil(size * EXAMPLE_SHARE) : size
    const weight = 1 + 0.3 * Math.min(needed - 1, 3)
    for (const [slot, term] of distinct.entries()) {
      const pairs = this.slots[term] ?? []
      pairs.push(this.#phrases.length, slot)
      this.slots[term] = pairs
    }
    const firstSlot = this.slotCount
    this.#phrases.push({ section, display, weight, size, needed, span, firstSlot })
    this.#keys.push(key)
    this.slotCount += size
  }

  weighed(): readonly Phrase[] {
    return this.#phrases.map((phrase, at) => ({
      ...phrase,
      weight: phrase.weight / Math.sqrt(this.#sharing.get(this.#keys[at] ?? '')?.count ?? 1),
    }))
  }
}

type NewPhrase = Pick<Phrase, 'section' | 'display' | 'span'> & {
  readonly terms: readonly number[]
}

class SelectionIndexBuilder {
  readonly #vocabulary = new Vocabulary()
  readonly #phrases = new PhraseList()
  /** By term. */
  readonly #prose: ProseTerm[][] = []

  addPhrase(section: number, display: string): void {
    const vocabulary = this.#vocabulary
    const all = vocabulary.termsOf(display)
    const content = all.filter(({ text }) => !STOP_WORDS.has(text))
    // A phrase that leans on its small words ("how to die") keeps them, or it would match the bare word everywhere.
    const kept = content.length >= 2 || all.length === 1 ? content : all
    const terms = (kept.length > 0 ? kept : all).map(({ term }) => term)
    const span = all.length + (terms.length > 1 && kept === content ? SLACK : 0)
    this.#phrases.add({ section, display, terms, span })
    for (const joined of joinedForms(display)) {
      this.#phrases.add({ section, display, terms: [vocabulary.wordTerm(joined)], span: 1 })
    }
    const folded = foldForSelection(display)
    const pieces = scanWords(folded)
    if (pieces.length === 1 && pieces[0]?.kind === 'run' && all.length > 1) {
      this.#phrases.add({ section, display, terms: [vocabulary.runTerm(folded)], span: 1 })
    }
  }

  addProse(section: number, source: Section): void {
    const best = new Map<number, ProseTerm>()
    const note = ({ text, term }: WordTerm, weight: number) => {
      if ((best.get(term)?.weight ?? 0) < weight) best.set(term, { section, weight, display: text })
    }
    const telling = (text: string) => this.#vocabulary.termsOf(text).filter(isTelling)
    for (const [read, weight] of PROSE_FIELDS) {
      for (const word of telling(read(source))) note(word, weight)
    }
    const counts = new Map<number, number>()
    for (const word of source.triggers.flatMap(telling)) {
      const count = (counts.get(word.term) ?? 0) + 1
      counts.set(word.term, count)
      note(word, Math.min(count * TRIGGER_WORD_WEIGHT, MAX_TRIGGER_WORD_WEIGHT))
    }
    for (const [term, one] of best) {
      const terms = this.#prose[term] ?? []
      terms.push(one)
      this.#prose[term] = terms
    }
  }

  crowd(): Crowd {
    const { words, runs } = this.#vocabulary
    let most: Crowd = { word: '', phrases: 0 }
    for (const [word, term] of [...words, ...runs]) {
      const phrases = (this.#phrases.slots[term]?.length ?? 0) / 2
      if (phrases > most.phrases) most = { word, phrases }
    }
    return most
  }

  finish(sections: readonly IndexedSection[]): SelectionIndex {
    const { words, runs, longestRun, segmenter, size } = this.#vocabulary
    const { slots, slotCount } = this.#phrases
    const terms = Array.from({ length: size }, (_, term) => term)
    return {
      sections,
      words,
      runs,
      longestRun,
      segmenter,
      slotCount,
      phrases: this.#phrases.weighed(),
      slots: terms.map((term) => slots[term] ?? []),
      prose: terms.map((term) => weighProse(this.#prose[term] ?? [], sections.length)),
      overriders: overridersOf(sections),
    }
  }
}

/** Rare words say more: BM25's inverse document frequency, scaled so that a word of one section has its field's weight. */
function weighProse(terms: readonly ProseTerm[], sections: number): readonly ProseTerm[] {
  if (terms.length > Math.max(MIN_COMMON, sections * COMMON_SHARE)) return []
  const rarity = (held: number) => Math.log(1 + (sections - held + 0.5) / (held + 0.5))
  const most = Math.max(rarity(1), Number.EPSILON)
  return terms.map((one) => ({ ...one, weight: one.weight * (rarity(terms.length) / most) }))
}

/** Words that can stand for a subject: no small words, and no single characters or syllables. */
function isTelling({ text }: { readonly text: string }): boolean {
  if (STOP_WORDS.has(text) || GENERIC_WORDS.has(text)) return false
  if (/^[\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u.test(text)) return text.length >= 4
  if (/[\p{scx=Han}\p{scx=Katakana}]/u.test(text)) return text.length >= 2
  return text.length >= 4 && !/^\p{sc=Hiragana}/u.test(text)
}

/** "self-harm" is also written "selfharm". */
function joinedForms(display: string): readonly string[] {
  return /^[\p{L}\p{N}]+-[\p{L}\p{N}]+$/u.test(display)
    ? [foldForSelection(display).replace('-', '')]
    : []
}
