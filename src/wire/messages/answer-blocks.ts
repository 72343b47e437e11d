/**
 * A released answer in the words of the Messages contract: its blocks, why it stopped, what it cost. Pure.
 * Only fields that the contract names; reasoning cannot be here, since nothing it is built from holds any.
 */
import type { FinishReason, Usage } from '../../conversation/model.ts'
import type { Answer, OutputPart, Released } from '../../conversation/outcome.ts'
import type { ToolCall } from '../../conversation/turn.ts'
import { isJsonObject, type JsonObject, parseJson } from '../../lib/json.ts'

export type AnswerBlock =
  | { readonly type: 'thinking'; readonly signature: string }
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'tool_use'
      readonly id: string
      readonly name: string
      readonly input: JsonObject
    }

/** The blocks of an answer in their order; what the client is to carry stands first, as a thought without words. */
export function blocksOf({ parts }: Answer, sealed: string | null): readonly AnswerBlock[] {
  const blocks: AnswerBlock[] = sealed === null ? [] : [{ type: 'thinking', signature: sealed }]
  for (const part of parts) {
    const text = part.kind === 'text' || part.kind === 'refusal' ? part.text : ''
    const last = blocks.at(-1)
    if (text !== '' && last?.type === 'text')
      blocks.splice(-1, 1, { type: 'text', text: last.text + text })
    else if (text !== '') blocks.push({ type: 'text', text })
    else if (part.kind === 'tool_call') blocks.push(...useOf(part.call))
  }
  return blocks
}

function useOf({ id, name, arguments: text }: ToolCall): readonly AnswerBlock[] {
  const input = inputOf(text)
  return input === null ? [] : [{ type: 'tool_use', id, name, input }]
}

/** The arguments of a call as the object that they are here; null where they are none. */
function inputOf(text: string): JsonObject | null {
  if (text.trim() === '') return {}
  const parsed = parseJson(text, { exact: true })
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : null
}

/**
 * Whether all of an answer has a form here. A call has one where its arguments are an object; what the limit has cut is left
 * out, and the stop reason says so. Marks on a text, such as where it was found, are not a part of what it says.
 */
export function hasForm({ parts, finishReason }: Answer): boolean {
  return parts.every((part, index) => {
    if (part.kind === 'opaque') return part.name === 'annotations'
    if (part.kind !== 'tool_call') return true
    const isCut = finishReason === 'length' && index === lastCall(parts)
    return part.call.kind === 'function' && (isCut || inputOf(part.call.arguments) !== null)
  })
}

const lastCall = (parts: readonly OutputPart[]): number =>
  parts.findLastIndex(({ kind }) => kind === 'tool_call')

const STOP_REASONS: Readonly<Record<FinishReason, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  function_call: 'tool_use',
  content_filter: 'refusal',
}

/**
 * Words that decline are an answer like any other, which clients show; the stop reason `refusal`, at which some of them throw
 * the answer away, is for those that would be parsed as the form that was asked for, and for a filter's.
 */
function stopReason({ parts, finishReason, stoppedAt }: Answer): string {
  if (parts.some(({ kind }) => kind === 'refusal')) return 'refusal'
  const calls = parts.some(({ kind }) => kind === 'tool_call')
  if (!calls && finishReason === 'stop' && stoppedAt !== undefined) return 'stop_sequence'
  return calls && finishReason === 'stop' ? 'tool_use' : STOP_REASONS[finishReason]
}

export function stopFields(answer: Answer) {
  const reason = stopReason(answer)
  const sequence = reason === 'stop_sequence' ? (answer.stoppedAt ?? null) : null
  return { stop_reason: reason, stop_sequence: sequence }
}

const TIERS: Readonly<Record<string, string>> = {
  default: 'standard',
  standard: 'standard',
  priority: 'priority',
  batch: 'batch',
}

/** Token counts; what was read from a cache or written to one is not among the tokens of the input here. */
export function usageOf({ promptTokens, completionTokens, reasoningTokens, promptDetails }: Usage) {
  const { cached_tokens: read = 0, cache_write_tokens: written = 0 } = promptDetails
  return {
    input_tokens: Math.max(0, promptTokens - read - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    output_tokens: completionTokens,
    output_tokens_details: { thinking_tokens: reasoningTokens ?? 0 },
    server_tool_use: null,
  }
}

/** What surrounds the content: all keys that the contract has, but for the content and what it stopped at. */
export function frameOf({ model, usage, serviceTier }: Released, id: string) {
  const tier = serviceTier !== null && Object.hasOwn(TIERS, serviceTier) ? TIERS[serviceTier] : null
  return {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model,
    container: null,
    diagnostics: null,
    stop_details: null,
    usage: {
      ...usageOf(usage),
      cache_creation: null,
      inference_geo: null,
      service_tier: tier ?? null,
      speed: null,
    },
  }
}
