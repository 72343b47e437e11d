/** Token counts of an upstream's reply, wherever it put them. Pure. */

import type { TokenDetails, Usage } from '../conversation/model.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { countOf, listField } from './fields.ts'

/** As in `cached_tokens`, `cache_write_tokens`, `accepted_prediction_tokens`. */
const COUNT =
  /^(?:(?:accepted|audio|cache|cached|citation|creation|document|file|image|input|output|prediction|read|reasoning|rejected|search|text|tool|use|video|write)_){1,4}tokens$/

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
  const promptTokens = tokensOf(usage.prompt_tokens) ?? tokensOf(usage.input_tokens)
  const completionTokens = tokensOf(usage.completion_tokens) ?? tokensOf(usage.output_tokens)
  if (promptTokens === null && completionTokens === null) return null
  const cached = tokensOf(usage.prompt_cache_hit_tokens) ?? tokensOf(usage.cached_tokens)
  const { reasoning_tokens: reasoning, ...completionDetails } = countsOf(completion)
  return {
    promptTokens: promptTokens ?? 0,
    completionTokens: completionTokens ?? 0,
    reasoningTokens: reasoning ?? tokensOf(usage.reasoning_tokens),
    promptDetails: { ...(cached !== null && { cached_tokens: cached }), ...countsOf(prompt) },
    completionDetails,
  }
}

/** The counts among details, by names made of the words that providers count in: any other could be a sentence. */
function countsOf(details: JsonObject): TokenDetails {
  const counts: Record<string, number> = {}
  for (const [name, value] of Object.entries(details)) {
    const tokens = tokensOf(value)
    if (tokens !== null && COUNT.test(name)) counts[name] = tokens
  }
  return counts
}

/** A count of tokens: whole, and as far as a number is exact. */
function tokensOf(value: JsonValue | undefined): number | null {
  const count = countOf(value)
  return count !== null && Number.isSafeInteger(count) ? count : null
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {}
}
