/** Token counts of an upstream's reply, wherever it put them. Pure. */

import type { Usage } from '../conversation/model.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { countOf, listField } from './fields.ts'

/** The usage of one body or chunk: top-level, in `x_groq`, or in a choice; null when it has none. */
export function readUsage(chunk: JsonObject): Usage | null {
  const places = [
    chunk.usage,
    isJsonObject(chunk.x_groq) ? chunk.x_groq.usage : undefined,
    ...listField(chunk.choices).map((choice) => (isJsonObject(choice) ? choice.usage : undefined)),
  ]
  const usage = places.find((place) => isJsonObject(place))
  return isJsonObject(usage) ? toUsage(usage) : null
}

/** Of two counts of one reply, the fuller: they are cumulative where a server sends several. */
export function laterUsage(earlier: Usage | null, later: Usage | null): Usage | null {
  if (earlier === null || later === null) return later ?? earlier
  const total = (usage: Usage): number => usage.promptTokens + usage.completionTokens
  return total(later) >= total(earlier) ? later : earlier
}

function toUsage(usage: JsonObject): Usage | null {
  const prompt = objectOf(usage.prompt_tokens_details ?? usage.input_tokens_details)
  const completion = objectOf(usage.completion_tokens_details ?? usage.output_tokens_details)
  const promptTokens = countOf(usage.prompt_tokens) ?? countOf(usage.input_tokens)
  const completionTokens = countOf(usage.completion_tokens) ?? countOf(usage.output_tokens)
  if (promptTokens === null && completionTokens === null) return null
  return {
    promptTokens: promptTokens ?? 0,
    completionTokens: completionTokens ?? 0,
    reasoningTokens: countOf(completion.reasoning_tokens) ?? countOf(usage.reasoning_tokens),
    cachedPromptTokens:
      countOf(prompt.cached_tokens) ??
      countOf(usage.prompt_cache_hit_tokens) ??
      countOf(usage.cached_tokens),
    audioPromptTokens: countOf(prompt.audio_tokens),
    audioCompletionTokens: countOf(completion.audio_tokens),
  }
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {}
}
