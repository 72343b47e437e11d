/**
 * Takes the force out of control tokens in text that others wrote, so that it cannot pass for a reasoning boundary
 * or a change of role. Pure. Only the copy a model sees goes through here, never the transcript.
 *
 * A token is kept readable and its brackets are exchanged for look-alikes (`<think>` becomes `‹think›`). Zero-width
 * characters are no substitute, because normalising tokenisers drop them, and the look-alikes have no compatibility
 * decomposition that would turn them back.
 */
import type { Part, Turn } from '../conversation/turn.ts'
import { THOUGHT_TAGS } from './split/boundary-marker.ts'

/** White space and invisible characters that a tokeniser may drop from within a token. */
const GAP = '[\\s\\u00ad\\u200b-\\u200f\\u2060\\ufeff]{0,8}'

const INVISIBLE = '[\\u200b-\\u200f\\u2060\\ufeff]{0,8}'

/** Names of tags that wrap thoughts, ours among them, and of those that change the role. */
const TAG_NAMES = `${THOUGHT_TAGS}|deliberation[^\\s<>＞/]{0,80}|start_of_turn|end_of_turn`

/** Names of tokens that some templates write with a space inside or one bar alone, where other text might too. */
const TOKEN_NAMES =
  'start|channel|message|end|return|call|constrain|think|start_thinking|end_thinking|begin_of_thought|end_of_thought|inner_prefix|inner_suffix|turn'

const TOKENS = new RegExp(
  [
    // <think>, </Think >, <deliberation-0f3a…>, <think effort="high">
    `[<＜]${GAP}/?${GAP}(?:${TAG_NAMES})(?=[\\s/>＞\\u200b-\\u200f\\u2060\\ufeff])[^<>＜＞]{0,80}[>＞]`,
    // <|im_start|>, <|/think|>, <｜Assistant｜>
    `[<＜]${INVISIBLE}[|｜][\\w/.▁\\u200b-\\u200f\\u2060\\ufeff-]{1,48}[|｜]${INVISIBLE}[>＞]`,
    // <| channel |>, <|channel>, <channel|>
    `[<＜](?:[|｜]\\s?/?(?:${TOKEN_NAMES})\\s?[|｜]?|\\s?(?:${TOKEN_NAMES})\\s?[|｜])[>＞]`,
    '◁/?[a-z]{1,24}▷',
  ].join('|'),
  'giu',
)

/** In capitals only, as Mistral's templates write them: in lower case they are ordinary Markdown. */
const BRACKETED = /\[\/?(?:THINK|INST|SYSTEM_PROMPT)\]/g

const OPENERS = /[<＜◁]/

const LOOK_ALIKES: Readonly<Record<string, string>> = {
  '<': '‹',
  '＜': '‹',
  '>': '›',
  '＞': '›',
  '◁': '‹',
  '▷': '›',
  '[': '⟦',
  ']': '⟧',
}

/** The text with every listed control token made harmless; the very same string when it holds none. */
export function neutraliseText(text: string): string {
  const untagged = OPENERS.test(text) ? text.replace(TOKENS, disarm) : text
  return untagged.includes('[') ? untagged.replace(BRACKETED, disarm) : untagged
}

function disarm(token: string): string {
  return token.replace(/[<＜>＞◁▷[\]]/g, (bracket) => LOOK_ALIKES[bracket] ?? bracket)
}

/**
 * A turn as a model may see it: every string in it neutralised, wherever it stands. Templates print names, ids, unknown
 * fields and parts of unknown types too. Media stay as they are, for decoders; what holds no token is the very same object.
 */
export function neutraliseTurn(turn: Turn): Turn {
  const { content, ...rest } = turn
  return {
    ...neutraliseValue(rest),
    ...(content === undefined
      ? {}
      : {
          content: Array.isArray(content) ? content.map(neutralisePart) : neutraliseValue(content),
        }),
  }
}

function neutralisePart(part: Part): Part {
  return part.kind === 'media' ? part : neutraliseValue(part)
}

function neutraliseValue<Value>(value: Value): Value
function neutraliseValue(value: unknown): unknown {
  if (typeof value === 'string') return neutraliseText(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => neutraliseValue(item))
    return items.every((item, index) => item === value[index]) ? value : items
  }
  const members = Object.entries(value).map(
    ([name, member]): readonly [string, unknown, unknown] => [
      name,
      member,
      neutraliseValue(member),
    ],
  )
  return members.every(([, before, after]) => before === after)
    ? value
    : Object.fromEntries(members.map(([name, , after]) => [name, after]))
}
