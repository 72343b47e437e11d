/** Finish reasons as upstreams write them, in the words of the chat contract. Pure. */
import type { FinishReason } from '../conversation/model.ts'

/** By lower-case word. */
const WORDS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  eos: 'stop',
  eos_token: 'stop',
  end_turn: 'stop',
  stop_sequence: 'stop',
  complete: 'stop',
  completed: 'stop',
  length: 'length',
  max_tokens: 'length',
  max_output_tokens: 'length',
  model_length: 'length',
  tool_calls: 'tool_calls',
  tool_use: 'tool_calls',
  function_call: 'function_call',
  content_filter: 'content_filter',
  safety: 'content_filter',
  recitation: 'content_filter',
  prohibited_content: 'content_filter',
  blocklist: 'content_filter',
  spii: 'content_filter',
  refusal: 'content_filter',
}

/** The contract's word for an upstream's; null for none, for an empty one, and for one that is not known. */
export function readFinishReason(word: unknown): FinishReason | null {
  if (typeof word !== 'string') return null
  const key = word.toLowerCase()
  return Object.hasOwn(WORDS, key) ? (WORDS[key] ?? null) : null
}
