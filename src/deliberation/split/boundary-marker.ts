/**
 * The listed tokens by which models fence off their reasoning, and how to recognise one in text. Pure, no I/O.
 * The list is closed and names block forms of real chat templates; ordinary XML names (`analysis`, `answer`) are left out
 * on purpose. Whether a token is legitimate where it stands is not decided here: the splitter fails closed on any stray one.
 */

export type Marker = {
  readonly family: 'think' | 'harmony' | 'deliberation'
  readonly closes: boolean
  /** What opener and closer share: the tag's name as written (a block closes in the spelling it opened in), or the token's. */
  readonly name: string
  readonly raw: string
}

/** Longer than any listed tag with its white space and attributes: the bound of every look-behind. */
const MAX_MARKER_LENGTH = 200

/**
 * Tag names, any case: think (R1, Qwen, GLM, Nemotron, MiniMax, Phi), thinking (Claude-like), thought (EXAONE, Gemini),
 * reasoning, reflection, scratchpad and the rest (tunes that imitate published prompts), `seed:think` (Seed-OSS).
 */
export const THOUGHT_TAGS =
  '(?:[a-z]{1,10}:)?(?:think|thinking|thought|thoughts|reasoning|reflection|scratchpad|inner_monologue|chain_of_thought)'

const TAG = new RegExp(
  `^<\\s{0,4}(/?)\\s{0,4}(${THOUGHT_TAGS}|deliberation[^\\s<>/[◁]{0,80})(?:\\s[^<>[◁]{0,80})?/?>$`,
  'i',
)

/** `<|token|>`, with ASCII or full-width bars, and the one-sided forms of Gemma (`<|channel>`, `<channel|>`). */
const TOKEN = /^<([|｜]?)\s?(\/?[a-z_]{2,24})\s?([|｜]?)>$/i

const HARMONY = new Set(['start', 'channel', 'message', 'end', 'return', 'call', 'constrain'])

/** Other token pairs around reasoning: Command A, Sky-T1, Apertus, and tag names written as tokens. */
const TOKEN_PAIRS: ReadonlyMap<string, { readonly name: string; readonly closes: boolean }> =
  new Map([
    ['start_thinking', { name: '|thinking|', closes: false }],
    ['end_thinking', { name: '|thinking|', closes: true }],
    ['begin_of_thought', { name: '|thought|', closes: false }],
    ['end_of_thought', { name: '|thought|', closes: true }],
    ['inner_prefix', { name: '|inner|', closes: false }],
    ['inner_suffix', { name: '|inner|', closes: true }],
    ['think', { name: '|think|', closes: false }],
    ['/think', { name: '|think|', closes: true }],
  ])

/** `[THINK]` in capitals only (Mistral): in lower case it is ordinary Markdown. `◁think▷` is Kimi's. */
const LITERALS: readonly (readonly [string, boolean, string])[] = [
  ['[THINK]', false, '[think]'],
  ['[/THINK]', true, '[think]'],
  ['◁think▷', false, '◁think▷'],
  ['◁/think▷', true, '◁think▷'],
]

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
  if (text.charCodeAt(at) !== 0x3c) return readLiteral(options)
  const limit = Math.min(text.length, at + MAX_MARKER_LENGTH)
  for (let index = at + 1; index < limit; index++) {
    const code = text.charCodeAt(index)
    if (code === 0x3c) return null
    if (code === 0x3e) return classify(text.slice(at, index + 1))
  }
  return atEnd || limit === at + MAX_MARKER_LENGTH ? null : 'more'
}

function readLiteral(options: {
  readonly text: string
  readonly at: number
  readonly atEnd: boolean
}): Marker | null | 'more' {
  const { text, at, atEnd } = options
  for (const [raw, closes, name] of LITERALS) {
    const piece = text.slice(at, at + raw.length)
    if (piece === raw) return { family: 'think', closes, name, raw }
    if (!atEnd && piece.length < raw.length && raw.startsWith(piece)) return 'more'
  }
  return null
}

function classify(raw: string): Marker | null {
  const tag = TAG.exec(raw)
  if (tag) {
    const name = tag[2] ?? ''
    const family = /^deliberation/i.test(name) ? 'deliberation' : 'think'
    return { family, closes: tag[1] === '/', name, raw }
  }
  const token = TOKEN.exec(raw)
  if (!token || (token[1] === '' && token[3] === '')) return null
  const name = (token[2] ?? '').toLowerCase()
  if (token[1] === '' || token[3] === '') {
    if (name !== 'channel') return null
    return { family: 'think', closes: token[1] === '', name: '|channel', raw }
  }
  if (HARMONY.has(name)) return { family: 'harmony', closes: false, name, raw }
  const pair = TOKEN_PAIRS.get(name)
  return pair ? { family: 'think', ...pair, raw } : null
}
