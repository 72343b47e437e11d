/**
 * The listed tokens by which models fence off their reasoning, and how to recognise one in text. Pure, no I/O.
 * The list is closed and names block forms of real chat templates; ordinary XML names (`analysis`, `answer`) are left out
 * on purpose. Whether a token bounds anything where it stands is not decided here (see answer-boundary.ts).
 */

import { foldForSecrecy } from '../../text/fold.ts'
import { withoutUnseen } from '../../text/invisible.ts'

export type Marker = {
  /** `disguised`: one of the others with invisible signs in it or other letters of the same looks, which no template writes. */
  readonly family: 'think' | 'harmony' | 'deliberation' | 'disguised'
  readonly closes: boolean
  /** What opener and closer share: the tag's name as written (a block closes in the spelling it opened in), or the token's. */
  readonly name: string
  readonly raw: string
}

/** What a marker may begin with; compatibility makes the ASCII signs of the rest. */
export const MARKER_START = /[<＜﹤[［◁]/

type Bracket = {
  readonly opens: string
  /** How it may go on; most that opens is no marker, and to see that is cheap. */
  readonly begins: RegExp
  /** What ends it, or says that it is none. */
  readonly ends: RegExp
}

const BRACKETS: readonly Bracket[] = [
  { opens: '<＜﹤', begins: /./s, ends: /[<>＞﹥]/ },
  { opens: '[［', begins: /[/T]|[^ -~]/, ends: /[[\]］]/ },
  { opens: '◁', begins: /[/t]|[^ -~]/, ends: /[◁▷]/ },
]

/** Longer than any listed tag with its white space and attributes: the bound of every look-behind. */
const MAX_MARKER_LENGTH = 200

/**
 * Tag names, any case: think (R1, Qwen, GLM, Nemotron, MiniMax, Phi), thinking (Claude-like), thought (EXAONE, Gemini),
 * reasoning, reflection, scratchpad and the rest (tunes that imitate published prompts), `seed:think` (Seed-OSS).
 */
const THOUGHT_NAMES: readonly string[] = [
  'think',
  'thinking',
  'thought',
  'thoughts',
  'reasoning',
  'reflection',
  'scratchpad',
  'inner_monologue',
  'chain_of_thought',
]

/** How the names are spelled: as they are, or as the fold for secrecy leaves them. */
type Spelling = (name: string) => string

/** A pattern of the tags' names, without brackets. */
export function thoughtTags(spell: Spelling): string {
  return `(?:[a-z]{1,10}:)?(?:${THOUGHT_NAMES.map(spell).join('|')})`
}

/** `<|token|>`, with ASCII or full-width bars, and the one-sided forms of Gemma (`<|channel>`, `<channel|>`). */
const TOKEN = /^<([|｜]?)\s?(\/?[a-z_]{2,24})\s?([|｜]?)>$/i

const HARMONY: readonly string[] = [
  'start',
  'channel',
  'message',
  'end',
  'return',
  'call',
  'constrain',
]

/** Other tokens around reasoning: Command A, Sky-T1, Apertus, and tag names written as tokens. Name, pair, whether it closes. */
const TOKEN_PAIRS: readonly (readonly [string, string, boolean])[] = [
  ['start_thinking', '|thinking|', false],
  ['end_thinking', '|thinking|', true],
  ['begin_of_thought', '|thought|', false],
  ['end_of_thought', '|thought|', true],
  ['inner_prefix', '|inner|', false],
  ['inner_suffix', '|inner|', true],
  ['think', '|think|', false],
  ['/think', '|think|', true],
]

/** `[THINK]` in capitals only (Mistral): in lower case it is ordinary Markdown. `◁think▷` is Kimi's. */
const LITERALS: readonly (readonly [string, string, boolean])[] = [
  ['[THINK]', '[think]', false],
  ['[/THINK]', '[think]', true],
  ['◁think▷', '◁think▷', false],
  ['◁/think▷', '◁think▷', true],
]

type Kind = Omit<Marker, 'raw'>

/** The list in one spelling. */
class Vocabulary {
  readonly #tag: RegExp
  readonly #own: RegExp
  readonly #tokens = new Map<string, Kind>()
  readonly #literals = new Map<string, Kind>()
  readonly #channel: string

  /** `length`: of what may follow a tag's name. */
  constructor(spell: Spelling, length: string) {
    const own = spell('deliberation')
    this.#own = new RegExp(`^${own}`, 'i')
    this.#tag = new RegExp(
      `^<\\s{0,4}(/?)\\s{0,4}(${thoughtTags(spell)}|${own}[^\\s<>/[◁]${length})(?:\\s[^<>[◁]${length})?/?>$`,
      'i',
    )
    this.#channel = spell('channel')
    for (const name of HARMONY) {
      this.#tokens.set(spell(name), { family: 'harmony', closes: false, name })
    }
    for (const [token, name, closes] of TOKEN_PAIRS) {
      this.#tokens.set(spell(token), { family: 'think', closes, name })
    }
    for (const [raw, name, closes] of LITERALS) {
      this.#literals.set(spell(raw), { family: 'think', closes, name })
    }
  }

  kindOf(raw: string): Kind | null {
    const literal = this.#literals.get(raw)
    if (literal) return literal
    const [tag, slash, tagName = ''] = this.#tag.exec(raw) ?? []
    if (tag !== undefined) {
      const family = this.#own.test(tagName) ? 'deliberation' : 'think'
      return { family, closes: slash === '/', name: tagName }
    }
    const [, before = '', token = '', after = ''] = TOKEN.exec(raw) ?? []
    if (before === '' && after === '') return null
    const name = token.toLowerCase()
    if (before !== '' && after !== '') return this.#tokens.get(name) ?? null
    return name === this.#channel
      ? { family: 'think', closes: before === '', name: '|channel' }
      : null
  }
}

const AS_WRITTEN = new Vocabulary((name) => name, '{0,80}')
/** What is folded may have grown: it was measured before. */
const AS_SEEN = new Vocabulary(foldForSecrecy, '*')

/** The marker that begins at `at`, if one does; looks at no more than MAX_MARKER_LENGTH characters. */
export function readMarker(text: string, at: number): Marker | null {
  const bracket = BRACKETS.find(({ opens }) => opens.includes(text.charAt(at)))
  const next = text.charAt(at + 1)
  if (!bracket || (next !== '' && !bracket.begins.test(next))) return null
  const inside = text.slice(at + 1, at + MAX_MARKER_LENGTH)
  const end = inside.search(bracket.ends)
  return end === -1 || inside[end] === bracket.opens[0]
    ? null
    : classify(text.slice(at, at + end + 2))
}

const ASCII = /^[\t\n\r -~]*$/

function classify(raw: string): Marker | null {
  const kind = AS_WRITTEN.kindOf(raw)
  if (kind) return { ...kind, raw }
  if (ASCII.test(raw) || (/^[[［]/.test(raw) && !isCapital(raw))) return null
  const seen = AS_SEEN.kindOf(foldForSecrecy(raw))
  // With accents and no nonce it is a word of French or Spanish.
  if (seen === null || (seen.family === 'deliberation' && !bearsNonce(raw))) return null
  return { family: 'disguised', closes: false, name: '', raw }
}

const OWN_NAME = foldForSecrecy('deliberation')
/** A hyphen, whatever follows; or as many hex digits as the shortest nonce has, in the fold for secrecy. */
const NONCE = /^[-_\u2010-\u2015]|[2-9a-fio]{8}/

/** True for a tag of the gateway's own, of this call or not: models miscopy what they were given. */
export function bearsNonce(raw: string): boolean {
  const [, behind] = foldForSecrecy(raw).split(OWN_NAME)
  return behind !== undefined && NONCE.test(behind)
}

const ANGLED = /[<＜﹤][^<＜﹤>＞﹥]*[>＞﹥]/g
const POINTED = /◁[^◁▷]*▷/g
const SQUARE = /[[［][^[［\]］]*[\]］]/g

/**
 * The markers of a text in disguise, bare: with signs in them that no one sees, however many, or in letters that look like theirs.
 * No template and no lesson writes one.
 */
export function disguisedIn(text: string): readonly string[] {
  if (ASCII.test(text)) return []
  return [ANGLED, POINTED, SQUARE]
    .flatMap((pattern) => text.match(pattern) ?? [])
    .filter((piece) => !ASCII.test(piece) && !isWritten(piece))
    .map(withoutUnseen)
    .filter((bare) => {
      const marker = bare.length < MAX_MARKER_LENGTH ? classify(bare) : null
      return marker !== null && (marker.family !== 'deliberation' || bearsNonce(bare))
    })
}

function isWritten(piece: string): boolean {
  return piece.length < MAX_MARKER_LENGTH && AS_WRITTEN.kindOf(piece) !== null
}

/** True where all letters that are seen are capitals. */
export function isCapital(raw: string): boolean {
  const bare = withoutUnseen(raw)
  return bare === bare.toUpperCase()
}
