/**
 * A released answer as the ordered chunk objects of a stream. Pure: the whole answer is known before the first chunk.
 * Only fields of the contract; a chunk never ends within a code point.
 */
import type { ChoiceOutcome, Released } from '../conversation/outcome.ts'
import type { ToolCall } from '../conversation/turn.ts'
import type { JsonObject, JsonValue } from '../lib/json.ts'
import type { CompletionFrame } from './chat-completion.ts'
import { piecesOf } from './pieces.ts'
import {
  answerFields,
  frameFields,
  type Logprobs,
  readLogprobs,
  type TokenLogprob,
  usageFields,
} from './released-fields.ts'

export type ChunkOptions = CompletionFrame & {
  /** A last chunk with the usage and no choices; the others then carry `usage: null`. */
  readonly includeUsage: boolean
  /** Pads text deltas to one size, so that their lengths tell nothing to who sees only encrypted traffic. */
  readonly obfuscate?: boolean
  /** UTF-16 units of text in a chunk; 256 when left out. */
  readonly pieceLength?: number
}

const PIECE_LENGTH = 256

/** One step of a choice: what its delta holds, and the log probabilities of just that text. */
type Step = { readonly delta: JsonObject; readonly logprobs?: JsonValue }

/** Writes the chunks of every choice in turn: role, text or refusal, calls, finish; then the usage. */
export function* chatChunks(released: Released, options: ChunkOptions): Generator<JsonObject> {
  const { id, created, includeUsage, obfuscate = false, pieceLength = PIECE_LENGTH } = options
  const frame = {
    id,
    object: 'chat.completion.chunk',
    created,
    ...frameFields(released),
  }
  const unused = includeUsage ? { usage: null } : {}
  for (const choice of released.choices) {
    for (const { delta, logprobs = null } of stepsOf(choice, pieceLength)) {
      const choices = [{ index: choice.index, delta, logprobs, finish_reason: null }]
      const padding = obfuscate ? { obfuscation: paddingOf(delta, pieceLength) } : {}
      yield { ...frame, choices, ...unused, ...padding }
    }
    const { finishReason } = choice.answer
    const last = { index: choice.index, delta: {}, logprobs: null, finish_reason: finishReason }
    yield { ...frame, choices: [last], ...unused }
  }
  if (includeUsage) yield { ...frame, choices: [], usage: usageFields(released.usage) }
}

function* stepsOf({ answer }: ChoiceOutcome, pieceLength: number): Generator<Step> {
  const { content, refusal, calls, legacyCall, audio, annotations } = answerFields(answer)
  yield {
    delta: { role: 'assistant', content: content === null ? null : '', refusal: null },
  }
  const spoken = readLogprobs(answer.logprobs)
  yield* textSteps('content', content ?? '', spoken, pieceLength)
  yield* textSteps('refusal', refusal ?? '', spoken, pieceLength)
  for (const [index, call] of calls.entries()) yield* callSteps(index, call, pieceLength)
  if (legacyCall) {
    yield { delta: { function_call: { name: legacyCall.name, arguments: '' } } }
    for (const piece of piecesOf(legacyCall.arguments, pieceLength)) {
      yield { delta: { function_call: { arguments: piece } } }
    }
  }
  if (audio) yield { delta: { audio } }
  if (annotations) yield { delta: { annotations } }
}

function* callSteps(index: number, call: ToolCall, pieceLength: number): Generator<Step> {
  const [type, field] =
    call.kind === 'custom' ? (['custom', 'input'] as const) : (['function', 'arguments'] as const)
  const opening = { index, id: call.id, type, [type]: { name: call.name, [field]: '' } }
  yield { delta: { tool_calls: [opening] } }
  for (const piece of piecesOf(call.arguments, pieceLength)) {
    yield { delta: { tool_calls: [{ index, [type]: { [field]: piece } }] } }
  }
}

/** Text cut by length, or by tokens where each token has a log probability to go with it. */
function* textSteps(
  field: 'content' | 'refusal',
  text: string,
  logprobs: Logprobs | null,
  pieceLength: number,
): Generator<Step> {
  const tokens = logprobs?.[field]
  if (!tokens) {
    for (const piece of piecesOf(text, pieceLength)) yield { delta: { [field]: piece } }
    return
  }
  const empty = { content: logprobs.content && [], refusal: logprobs.refusal && [] }
  for (const group of tokenGroups(text, tokens, pieceLength)) {
    yield { delta: { [field]: group.text }, logprobs: { ...empty, [field]: group.tokens } }
  }
}

type TokenGroup = { readonly text: string; readonly tokens: readonly TokenLogprob[] }

function tokenGroups(
  text: string,
  tokens: readonly TokenLogprob[],
  pieceLength: number,
): readonly TokenGroup[] {
  const characters = wholeCharacters(tokens)
  if (characters.map((group) => group.text).join('') !== text) return [{ text, tokens }]
  const groups: { text: string; tokens: TokenLogprob[] }[] = []
  for (const group of characters) {
    const last = groups.at(-1)
    if (last && last.text.length + group.text.length <= pieceLength) {
      last.text += group.text
      for (const token of group.tokens) last.tokens.push(token)
    } else groups.push({ text: group.text, tokens: [...group.tokens] })
  }
  return groups
}

/** Tokens in the smallest groups that end where a character does: one may be a part of a character, told by its bytes alone. */
function wholeCharacters(tokens: readonly TokenLogprob[]): readonly TokenGroup[] {
  const groups: TokenGroup[] = []
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let group: TokenLogprob[] = []
  let text = ''
  for (const [at, token] of tokens.entries()) {
    const isLast = at === tokens.length - 1
    const ends = isLast || !isContinued(bytesOf(tokens[at + 1] as TokenLogprob))
    text += decoder.decode(bytesOf(token), { stream: !ends })
    group.push(token)
    if (!ends) continue
    groups.push({ text, tokens: group })
    group = []
    text = ''
  }
  return groups
}

function bytesOf({ token, bytes }: TokenLogprob): Uint8Array {
  return Array.isArray(bytes)
    ? Uint8Array.from(bytes as readonly number[])
    : new TextEncoder().encode(token)
}

/** Whether bytes begin within a character, or hold none that could begin one. */
function isContinued([first]: Uint8Array): boolean {
  return first === undefined || (first & 0xc0) === 0x80
}

function paddingOf(delta: JsonObject, pieceLength: number): string {
  // Escapes can double a piece; beyond that the size shows, as it does with the provider’s own padding.
  return '0'.repeat(Math.max(0, 2 * pieceLength - JSON.stringify(delta).length))
}
