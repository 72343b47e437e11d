/** Counts of several calls as one. */
import { expect, test } from 'vitest'
import type { Usage } from '../../../src/conversation/model.ts'
import { sumUsage } from '../../../src/deliberation/usage.ts'

const usage: Usage = {
  promptTokens: 10,
  completionTokens: 5,
  reasoningTokens: null,
  promptDetails: {},
  completionDetails: {},
}

test('every count is summed over the calls that told it', () => {
  const calls = [
    { ...usage, reasoningTokens: 2, promptDetails: { cached_tokens: 3, audio_tokens: 1 } },
    { ...usage, promptDetails: { cached_tokens: 4 }, completionDetails: { text_tokens: 5 } },
  ]
  expect(sumUsage(calls)).toEqual({
    promptTokens: 20,
    completionTokens: 10,
    reasoningTokens: 2,
    promptDetails: { cached_tokens: 7, audio_tokens: 1 },
    completionDetails: { text_tokens: 5 },
  })
})

test('what no call told stays untold', () => {
  expect(sumUsage([usage, null, usage])).toEqual({
    ...usage,
    promptTokens: 20,
    completionTokens: 10,
  })
  expect(sumUsage([null])).toBeNull()
})
