/**
 * Tokens of the stand-in: text in small pieces, counts for `usage`, and log probabilities of the right shape.
 * No I/O. The pieces are made up; only their concatenation and their number mean anything.
 */
import { estimateTokenCount } from 'tokenx'
import type { JsonObject } from '../lib/json.ts'

const PIECE = /\s?[\p{L}\p{M}\p{N}]{1,12}|\s?[^\s\p{L}\p{M}\p{N}]|\s+/gu

/** Cuts text into pieces whose concatenation is the text; none ends within a surrogate pair. */
export function pieces(text: string): readonly string[] {
  return text.match(PIECE) ?? []
}

export type TokenCounts = {
  readonly prompt: number
  readonly completion: number
  readonly reasoning: number
}

export function countTokens(text: string): number {
  return estimateTokenCount(text)
}

/** The `usage` object; reasoning counts as completion, as it does with every vendor. */
export function usageObject({ prompt, completion, reasoning }: TokenCounts): JsonObject {
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}

/** The entries of `logprobs.content` for a text: made up, falling with the rank. */
export function logprobEntries(text: string, alternatives: number): readonly JsonObject[] {
  return pieces(text).map((token) => ({
    ...logprob(token, 0),
    top_logprobs: Array.from({ length: alternatives }, (_, rank) =>
      logprob(rank === 0 ? token : `${token}${rank}`, rank),
    ),
  }))
}

function logprob(token: string, rank: number): JsonObject {
  return { token, logprob: -0.01 - rank, bytes: [...new TextEncoder().encode(token)] }
}
