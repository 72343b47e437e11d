/**
 * Takes the force out of control tokens in text that others wrote, so that it cannot pass for a reasoning boundary
 * or a change of role. Pure. Only the copy a model sees goes through here, never the transcript.
 *
 * A token is kept readable and its brackets are exchanged for look-alikes (`<think>` becomes `‹think›`). Zero-width
 * characters are no substitute, because normalising tokenisers drop them, and the look-alikes have no compatibility
 * decomposition that would turn them back. Whatever such tokenisers drop or unify does not hide a token here either.
 */
import type { Part, Turn } from '../conversation/turn.ts'
import { orderedObject } from '../lib/exact-json.ts'
import { foldForSecrecy } from '../text/fold.ts'
import { withoutUnseen } from '../text/invisible.ts'
import { isCapital, thoughtTags } from './split/boundary-marker.ts'

/** Names of tokens that some templates write with a space inside or one bar alone, where other text might too. */
const TOKEN_NAMES: readonly string[] = [
  'start',
  'channel',
  'message',
  'end',
  'return',
  'call',
  'constrain',
  'think',
  'start_thinking',
  'end_thinking',
  'begin_of_thought',
  'end_of_thought',
  'inner_prefix',
  'inner_suffix',
  'turn',
]

/**
 * All that is listed, in one spelling; tags that wrap thoughts, ours among them, and those that change the role. `length`: of what
 * may follow a name.
 */
function controlTokens(spell: (name: string) => string, length: string): RegExp {
  const names = TOKEN_NAMES.map(spell).join('|')
  const roles = ['start_of_turn', 'end_of_turn'].map(spell).join('|')
  const tags = `${thoughtTags(spell)}|${spell('deliberation')}[^\\s<>/]${length}|${roles}`
  const forms = [
    // <think>, </Think >, <deliberation-0f3a…>, <think effort="high">
    `<\\s{0,8}/?\\s{0,8}(?:${tags})(?=[\\s/>])[^<>]${length}>`,
    // <|im_start|>, <|/think|>, <｜Assistant｜>
    '<[|｜][\\w/.▁-]{1,48}[|｜]>',
    // <| channel |>, <|channel>, <channel|>
    `<(?:[|｜]\\s?/?(?:${names})\\s?[|｜]?|\\s?(?:${names})\\s?[|｜])>`,
    '◁/?[a-z]{1,24}▷',
  ]
  return new RegExp(`^(?:${forms.join('|')})$`, 'iu')
}

const AS_WRITTEN = controlTokens((name) => name, '{0,80}')
/** What is folded may have grown: it was measured before. */
const AS_SEEN = controlTokens(foldForSecrecy, '*')

/** In capitals only, as Mistral's templates write them: in lower case they are ordinary Markdown. */
const CAPITALS: readonly string[] = [
  '[THINK]',
  '[/THINK]',
  '[INST]',
  '[/INST]',
  '[SYSTEM_PROMPT]',
  '[/SYSTEM_PROMPT]',
]
const CAPITALS_AS_SEEN: readonly string[] = CAPITALS.map(foldForSecrecy)

const OPENERS = /[<＜﹤◁[［]/
/**
 * What stands between two brackets of a kind and holds none of that kind: no two of them have a character in common. Those of
 * another kind may stand in it, so that each kind is gone through by itself.
 */
const ANGLED = /[<＜﹤][^<＜﹤>＞﹥]*[>＞﹥]/g
const POINTED = /◁[^◁▷]*▷/g
const SQUARE = /[[［][^[［\]］]*[\]］]/g
const ASCII = /^[\t\n\r -~]*$/

/** More than any listed form has, of what is seen. */
const MAX_TOKEN_LENGTH = 300

/** A look-alike of its own for each bracket, so that it can be told which one it stands for (see restore-tokens.ts). */
export const HARMLESS_BRACKETS: Readonly<Record<string, string>> = {
  '<': '‹',
  '>': '›',
  '＜': '⧼',
  '＞': '⧽',
  '﹤': '⦑',
  '﹥': '⦒',
  '◁': '⊲',
  '▷': '⊳',
  '[': '⟦',
  ']': '⟧',
  '［': '⦋',
  '］': '⦌',
}

/** The text with every listed control token made harmless; the very same string when it holds none. */
export function neutraliseText(text: string): string {
  return replaceTokens(text, disarm)
}

/** Every listed control token of the text, as written; none from within another. */
export function controlTokensIn(text: string): readonly string[] {
  const tokens: string[] = []
  replaceTokens(text, (token) => {
    tokens.push(token)
    return disarm(token)
  })
  return tokens
}

function replaceTokens(text: string, replace: (token: string) => string): string {
  if (!OPENERS.test(text)) return text
  const replaced = (piece: string) => (isControlToken(piece) ? replace(piece) : piece)
  return text
    .replace(ANGLED, replaced)
    .replace(POINTED, replaced)
    .replace(SQUARE, (piece) => (isInCapitals(piece) ? replace(piece) : piece))
}

function isControlToken(piece: string): boolean {
  if (ASCII.test(piece)) return piece.length <= MAX_TOKEN_LENGTH && AS_WRITTEN.test(piece)
  const seen = withoutUnseen(piece)
  return seen.length <= MAX_TOKEN_LENGTH && AS_SEEN.test(foldForSecrecy(seen))
}

function isInCapitals(piece: string): boolean {
  if (ASCII.test(piece)) return CAPITALS.includes(piece)
  const seen = withoutUnseen(piece)
  if (seen.length > MAX_TOKEN_LENGTH || !isCapital(seen)) return false
  return CAPITALS_AS_SEEN.includes(foldForSecrecy(seen))
}

function disarm(token: string): string {
  return token.replace(/[<＜﹤>＞﹥◁▷[［\]］]/g, (bracket) => HARMLESS_BRACKETS[bracket] ?? bracket)
}

/**
 * A turn as a model may see it: every string in it neutralised, wherever it stands. Templates print names, ids, unknown
 * fields, titles and parts of unknown types too. The data of media stay as they are, for decoders; what holds no token is the
 * very same object.
 */
export function neutraliseTurn(turn: Turn): Turn {
  // Of `wire` no model is shown a word.
  const { content, wire, ...rest } = turn
  return {
    ...neutraliseValue(rest),
    ...(wire && { wire }),
    ...(content === undefined
      ? {}
      : {
          content: Array.isArray(content) ? content.map(neutralisePart) : neutraliseValue(content),
        }),
  }
}

function neutralisePart(part: Part): Part {
  return neutraliseValue(part, part.kind === 'media' ? MEDIA_DATA : [])
}

/** Members of media that hold bytes, or say where they are. */
const MEDIA_DATA: readonly string[] = [
  'data',
  'file_data',
  'file_id',
  'file_url',
  'image_url',
  'input_video',
  'url',
  'video_url',
]

/** `data`: members that stay as they are where they are text. */
function neutraliseValue<Value>(value: Value, data?: readonly string[]): Value
function neutraliseValue(value: unknown, data: readonly string[] = []): unknown {
  if (typeof value === 'string') return neutraliseText(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => neutraliseValue(item, data))
    return items.every((item, index) => item === value[index]) ? value : items
  }
  const members = Object.entries(value).map(
    ([name, member]): readonly [string, unknown, unknown] => [
      name,
      member,
      typeof member === 'string' && data.includes(name) ? member : neutraliseValue(member, data),
    ],
  )
  return members.every(([, before, after]) => before === after)
    ? value
    : orderedObject(members.map(([name, , after]) => [name, after]))
}
