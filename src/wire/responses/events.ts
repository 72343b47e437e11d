/**
 * A response that has ended as the events of a stream, in the order of the contract. Pure: the whole is known before the first.
 * No event of reasoning, of either family of names, can be made here; a piece never ends within a code point.
 */
import type { JsonArray, JsonObject, JsonValue } from '../../lib/json.ts'
import type { WireEvent } from '../door.ts'
import { paddingOf, piecesOf } from '../pieces.ts'
import type { TokenLogprob } from '../released-fields.ts'
import { tokenGroups } from '../token-groups.ts'

export type EventOptions = {
  /** Pads deltas to one size, so that their lengths tell nothing to who sees only encrypted traffic. */
  readonly obfuscate?: boolean
  /** UTF-16 units of text in a delta; 256 when left out. */
  readonly pieceLength?: number
}

const PIECE_LENGTH = 256

type Step = JsonObject & { readonly type: string }

type Cutting = { readonly pieceLength: number; readonly obfuscate: boolean }

/** Writes the events of a response that has ended, numbered from 0: the same at each time. */
export function* eventsOf(
  ended: JsonObject,
  { obfuscate = false, pieceLength = PIECE_LENGTH }: EventOptions = {},
): Generator<WireEvent> {
  let sequence = 0
  for (const { type, ...fields } of stepsOf(begun(ended), ended, { pieceLength, obfuscate })) {
    yield { name: type, data: { type, sequence_number: sequence++, ...fields } }
  }
}

/** A response as it was when it had only begun. */
function begun(ended: JsonObject): JsonObject {
  const before = { status: 'in_progress', completed_at: null, incomplete_details: null }
  return { ...ended, ...before, output: [], usage: null }
}

function* stepsOf(begun: JsonObject, ended: JsonObject, cutting: Cutting): Generator<Step> {
  yield { type: 'response.created', response: begun }
  yield { type: 'response.in_progress', response: begun }
  const output = ended.output as readonly JsonObject[]
  for (const [index, item] of output.entries()) yield* itemSteps(item, index, cutting)
  yield { type: `response.${textOf(ended.status)}`, response: ended }
}

function* itemSteps(item: JsonObject, output: number, cutting: Cutting): Generator<Step> {
  const at = { output_index: output }
  yield { type: 'response.output_item.added', ...at, item: emptied(item) }
  const within = { item_id: item.id ?? null, ...at }
  if (item.type === 'message') {
    const parts = item.content as readonly JsonObject[]
    for (const [index, part] of parts.entries()) {
      yield* partSteps(part, { ...within, content_index: index }, cutting)
    }
  }
  if (item.type === 'function_call') {
    const { name = null, arguments: text = '' } = item
    yield* deltas('response.function_call_arguments', within, text, cutting)
    yield { type: 'response.function_call_arguments.done', ...within, name, arguments: text }
  }
  if (item.type === 'custom_tool_call') {
    const { input = '' } = item
    yield* deltas('response.custom_tool_call_input', within, input, cutting)
    yield { type: 'response.custom_tool_call_input.done', ...within, input }
  }
  yield { type: 'response.output_item.done', ...at, item }
}

/** An item as it is before anything of it was written. */
function emptied({ encrypted_content: _sealed, ...item }: JsonObject): JsonObject {
  return {
    ...item,
    ...(item.status !== undefined && { status: 'in_progress' }),
    ...(item.content !== undefined && { content: [] }),
    ...(item.arguments !== undefined && { arguments: '' }),
    ...(item.input !== undefined && { input: '' }),
  }
}

function* partSteps(part: JsonObject, within: JsonObject, cutting: Cutting): Generator<Step> {
  if (part.type === 'refusal') {
    const { refusal = '' } = part
    yield { type: 'response.content_part.added', ...within, part: { ...part, refusal: '' } }
    yield* deltas('response.refusal', within, refusal, cutting)
    yield { type: 'response.refusal.done', ...within, refusal }
  } else {
    const { text = '', logprobs = [] } = part
    const annotations = part.annotations as JsonArray
    const empty = { ...part, text: '', annotations: [], logprobs: [] }
    yield { type: 'response.content_part.added', ...within, part: empty }
    yield* textDeltas(textOf(text), within, {
      ...cutting,
      tokens: logprobs as readonly TokenLogprob[],
    })
    for (const [index, annotation] of annotations.entries()) {
      const numbered = { ...within, annotation_index: index, annotation }
      yield { type: 'response.output_text.annotation.added', ...numbered }
    }
    yield { type: 'response.output_text.done', ...within, text, logprobs }
  }
  yield { type: 'response.content_part.done', ...within, part }
}

/** Text cut by length, or by tokens where each token has a log probability to go with it. */
function* textDeltas(
  text: string,
  within: JsonObject,
  { tokens, ...cutting }: Cutting & { readonly tokens: readonly TokenLogprob[] },
): Generator<Step> {
  const { pieceLength } = cutting
  const type = 'response.output_text.delta'
  const groups =
    tokens.length > 0
      ? tokenGroups(text, tokens, pieceLength)
      : [...piecesOf(text, pieceLength)].map((piece) => ({ text: piece, tokens: [] }))
  for (const group of groups) {
    const fields = { delta: group.text, logprobs: group.tokens }
    yield padded({ type, ...within, ...fields }, cutting)
  }
}

function* deltas(
  family: string,
  within: JsonObject,
  text: JsonValue,
  cutting: Cutting,
): Generator<Step> {
  for (const delta of piecesOf(textOf(text), cutting.pieceLength)) {
    yield padded({ type: `${family}.delta`, ...within, delta }, cutting)
  }
}

function padded(step: Step, { obfuscate, pieceLength }: Cutting): Step {
  if (!obfuscate) return step
  const { delta = '', logprobs = [] } = step
  return { ...step, obfuscation: paddingOf({ delta, logprobs }, pieceLength) }
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}
