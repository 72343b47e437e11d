/**
 * A released answer as the ordered chunk objects of a stream. Pure: the whole answer is known before the first chunk.
 * Only fields of the contract; a chunk never ends within a code point.
 */
import type { ChoiceOutcome, Released } from '../conversation/outcome.ts'
import type { ToolCall } from '../conversation/turn.ts'
import type { JsonObject, JsonValue } from '../lib/json.ts'
import type { CompletionFrame } from './chat-completion.ts'
import { paddingOf, piecesOf } from './pieces.ts'
import {
  answerFields,
  frameFields,
  type Logprobs,
  readLogprobs,
  usageFields,
} from './released-fields.ts'
import { tokenGroups } from './token-groups.ts'

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
