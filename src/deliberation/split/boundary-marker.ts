/**
 * The listed tokens by which models fence off their reasoning, and how to recognise one in text. Pure, no I/O.
 * The list is closed and names block forms of real chat templates; ordinary XML names (`analysis`, `answer`) are left out
 * on purpose. Whether a token is legitimate where it stands is not decided here: the splitter fails closed on any stray one.
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

/**
 * Reads the marker that begins at `at`; `atEnd` says that no text will follow.
 * `more` means that it cannot be told yet, and never holds more than MAX_MARKER_LENGTH characters back.
 */
export function readMarker(options: {
  readonly text: string
  readonly at: number
  readonly atEnd: boolean
}): Marker | null | 'more' {
  const { text, at, atEnd } = options
  const bracket = BRACKETS.find(({ opens }) => opens.includes(text.charAt(at)))
  const next = text.charAt(at + 1)
  if (!bracket || (next !== '' && !bracket.begins.test(next))) return null
  const inside = text.slice(at + 1, at + MAX_MARKER_LENGTH)
  const end = inside.search(bracket.ends)
  if (end === -1) return atEnd || inside.length === MAX_MARKER_LENGTH - 1 ? null : 'more'
  const opensAgain = inside[end] === bracket.opens[0]
  return opensAgain ? null : classify(text.slice(at, at + end + 2))
}

const ASCII = /^[\t\n\r -~]*$/

function classify(raw: string): Marker | null {
  const kind = AS_WRITTEN.kindOf(raw)
  if (kind) return { ...kind, raw }
  if (ASCII.test(raw) || (/^[[［]/.test(raw) && !isCapital(raw))) return null
  return AS_SEEN.kindOf(foldForSecrecy(raw))
    ? { family: 'disguised', closes: false, name: '', raw }
    : null
}

/** True where all letters that are seen are capitals. */
export function isCapital(raw: string): boolean {
  const bare = withoutUnseen(raw)
  return bare === bare.toUpperCase()
}
