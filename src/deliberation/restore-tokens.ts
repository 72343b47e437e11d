/**
 * Gives an answer the control tokens back as the client wrote them: the models saw look-alikes (see neutralise.ts), and code
 * that repeats those does not run. Pure. Only what this very request made harmless comes back, and its other half with it; what
 * the client wrote with look-alikes itself stays. What is checked and judged is the restored text, for that is what is sent.
 */
import type { Answer, OutputPart } from '../conversation/outcome.ts'
import type { Turn } from '../conversation/turn.ts'
import { controlTokensIn, HARMLESS_BRACKETS } from './neutralise.ts'

export type RestoreTokens = (text: string) => string

/** As many as a control token has signs at most, each as an escape of JSON. */
const MAX_PIECE_LENGTH = 600

const BRACKETS: ReadonlyMap<string, string> = new Map(
  Object.entries(HARMLESS_BRACKETS).map(([bracket, lookAlike]) => [lookAlike, bracket]),
)
const KINDS = [
  ['<＜﹤', '>＞﹥'],
  ['◁', '▷'],
  ['[［', ']］'],
] as const
const PIECES = KINDS.map(([opening, closing]) => {
  const [opens, closes] = [anyOf(opening), anyOf(closing)]
  return new RegExp(`${opens}(?:(?!${opens}|${closes})[^]){1,${MAX_PIECE_LENGTH}}${closes}`, 'giu')
})
const ANY = new RegExp(anyOf(Object.keys(HARMLESS_BRACKETS).join('')), 'giu')

/** A pattern of the brackets' look-alikes, as they are or as escapes of JSON. */
function anyOf(brackets: string): string {
  const lookAlikes = Array.from(brackets, (bracket) => HARMLESS_BRACKETS[bracket] ?? bracket)
  const escapes = lookAlikes.map((sign) => `\\\\u${sign.charCodeAt(0).toString(16)}`)
  return `(?:[${lookAlikes.join('')}]|${escapes.join('|')})`
}

/** `texts`: all that was made harmless, as it was written; read when an answer first holds a look-alike. */
export function createRestorer(texts: () => Iterable<string>): RestoreTokens {
  let written: Written | null = null
  return (text) => {
    if (text.search(ANY) === -1) return text
    written ??= new Written(texts())
    const known = written
    return PIECES.reduce(
      (given, pieces) =>
        given.replace(pieces, (piece) => {
          const token = piece.replace(ANY, bracketOf)
          return known.made(token, piece) ? token : piece
        }),
      text,
    )
  }
}

function bracketOf(sign: string): string {
  const lookAlike =
    sign.length === 1 ? sign : String.fromCharCode(Number.parseInt(sign.slice(2), 16))
  return BRACKETS.get(lookAlike) ?? sign
}

/** What was made harmless, and what had look-alikes of its own. */
class Written {
  readonly #names = new Set<string>()
  readonly #own = new Set<string>()

  constructor(texts: Iterable<string>) {
    for (const text of texts) {
      for (const token of controlTokensIn(text)) this.#names.add(nameOf(token))
      for (const pieces of PIECES) {
        for (const [piece] of text.matchAll(pieces)) this.#own.add(piece)
      }
    }
  }

  /** True where the piece can only have come of a token like this one. */
  made(token: string, piece: string): boolean {
    const [only] = controlTokensIn(token)
    return only === token && this.#names.has(nameOf(token)) && !this.#own.has(piece)
  }
}

/** A name that openers and closers share: `</Think>` and `<think effort="high">`, `<|im_start|>` and `<|im_end|>`. */
function nameOf(token: string): string {
  const bracket = token.charAt(0)
  const [name = ''] = /[\p{L}\p{M}_:-]+/u.exec(token) ?? []
  return bracket + name.toLowerCase().replace(/start|begin|end/, '')
}

/** Every string of the client's turns, wherever a template may print it. */
export function* stringsOfTurns(turns: readonly Turn[]): Generator<string> {
  for (const turn of turns) yield* stringsOf(turn)
}

function* stringsOf(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value
  else if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) yield* stringsOf(member)
  }
}

/** The answer in the client's own words; without log probabilities where its tokens spell others. */
export function restoreAnswer(answer: Answer, restore: RestoreTokens): Answer {
  const parts = answer.parts.map((part) => restorePart(part, restore))
  const isSame = parts.every((part, index) => part === answer.parts[index])
  return isSame ? answer : { ...answer, parts, logprobs: null }
}

function restorePart(part: OutputPart, restore: RestoreTokens): OutputPart {
  switch (part.kind) {
    case 'text':
    case 'refusal': {
      const text = restore(part.text)
      return text === part.text ? part : { ...part, text }
    }
    case 'tool_call': {
      const text = restore(part.call.arguments)
      return text === part.call.arguments
        ? part
        : { ...part, call: { ...part.call, arguments: text } }
    }
    case 'opaque':
      return part
  }
}
