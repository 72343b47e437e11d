/**
 * On what terms an upstream takes what the gateway adds to a call: the placement of instructions, a bound on tokens, the
 * counting of a stream, a form for verdicts. Data and arithmetic; no I/O. What the client sent is never a term, but for asides
 * of another contract than chat's.
 */
import { estimateTokenCount } from 'tokenx'
import { BOUNDING } from '../conversation/answer-parameters.ts'
import type { Prompt } from '../conversation/model.ts'
import { turnText } from '../conversation/turn.ts'
import type { JsonObject } from '../lib/json.ts'

/**
 * Which role carries the instructions that follow the conversation, in the order in which `auto` tries them. The last is for
 * templates that know no system role: all of them stand before the words of the first user turn.
 */
export const PLACEMENTS = [
  'trailing-system',
  'trailing-user',
  'leading-merged',
  'leading-user',
] as const
export type Placement = (typeof PLACEMENTS)[number]

/** The names for a bound on output tokens: the first is known everywhere, the second where the first is refused. */
export const LIMIT_NAMES = ['max_tokens', 'max_completion_tokens'] as const

export type Terms = {
  readonly placement: Placement
  /** Whether a stream is asked to count its tokens. */
  readonly countsStream: boolean
  /** Whether it streams at all: an answer is held anyway. */
  readonly streams: boolean
  /** By which name a bound goes where the client has none; null: none is sent. */
  readonly limitName: (typeof LIMIT_NAMES)[number] | null
  /** What it writes at most, in tokens, as far as it has refused more. */
  readonly outputTokens: number
  /** What it holds, prompt and output together, in tokens. */
  readonly contextTokens: number
  /** What is left for the output of this very call, in tokens, as a refusal of it told; never remembered. */
  readonly room: number
  /** Whether a first pass forbids calls by `tool_choice`. */
  readonly toolChoice: boolean
  /** Whether asides of the client's contract go along (`Inquiry.asides`). */
  readonly asides: boolean
  /** Whether what was given with earlier turns goes back with them. */
  readonly carries: boolean
  /** How JSON of a given form is asked for: by a strict schema, as any object, or in words alone. */
  readonly jsonForm: 'schema' | 'object' | 'none'
}

/** What is tried of an upstream that has shown nothing yet. */
export const FIRST_TERMS: Terms = {
  placement: PLACEMENTS[0],
  countsStream: true,
  streams: true,
  limitName: LIMIT_NAMES[0],
  outputTokens: Number.POSITIVE_INFINITY,
  contextTokens: Number.POSITIVE_INFINITY,
  room: Number.POSITIVE_INFINITY,
  toolChoice: true,
  carries: true,
  asides: true,
  jsonForm: 'schema',
}

/**
 * What an answer may take, in tokens, where nobody has set a limit. With the default budget of the reasoning it makes 16,384,
 * what most models write at most; and no model writes more within the default deadline but the fastest.
 */
export const DEFAULT_ANSWER_TOKENS = 14_336

/** The bound that a call asks for, in tokens. */
export type Bound = {
  /** The client's name for it; null where it set none, or used none of chat's. */
  readonly parameter: string | null
  /** The client's own limit, where it bounds this very call: the bound goes below it only for want of room. */
  readonly least: number | null
  readonly most: number
}

/** Less room than this holds no answer: then the prompt itself is too long. */
export const LEAST_ROOM = 256
/** To an estimate, this much is added: tokenisers differ. */
const ESTIMATE_MARGIN = 1.15

/** The parameter that bounds a call on these terms; none where the client bounds it by another name, or it is not taken. */
export function boundParameter(
  { parameter, least, most }: Bound,
  terms: Terms,
  prompt: Pick<Prompt, 'turns' | 'parameters'>,
): JsonObject {
  // What a client has set is sent whatever was learned, and refused rather than dropped.
  const name = parameter ?? terms.limitName ?? (least === null ? null : LIMIT_NAMES[0])
  if (name === null || isBounded(prompt.parameters)) return {}
  const wanted = Math.max(least ?? 1, Math.min(most, terms.outputTokens))
  const room = Math.min(terms.room, roomIn(terms, prompt))
  return { [name]: room < LEAST_ROOM ? wanted : Math.min(wanted, room) }
}

/** Whether the client bounds the output by another name than the contract's. */
export function isBounded(parameters: JsonObject): boolean {
  return BOUNDING.some((name) => parameters[name] !== undefined && parameters[name] !== null)
}

function roomIn({ contextTokens }: Terms, prompt: Pick<Prompt, 'turns' | 'parameters'>): number {
  if (contextTokens === Number.POSITIVE_INFINITY) return contextTokens
  return contextTokens - Math.ceil(promptTokens(prompt) * ESTIMATE_MARGIN)
}

/** About how many tokens a prompt takes. */
export function promptTokens({ turns, parameters }: Pick<Prompt, 'turns' | 'parameters'>): number {
  const calls = turns.flatMap(({ toolCalls = [] }) => toolCalls)
  const beside = [calls, parameters.tools, parameters.functions].map((value) =>
    value === undefined ? '' : JSON.stringify(value),
  )
  return estimateTokenCount([...turns.map(turnText), ...beside].join('\n'))
}
