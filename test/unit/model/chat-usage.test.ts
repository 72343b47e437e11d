/** Counts of tokens as providers tell them: every one that is a count, and none that is not. */
import { expect, test } from 'vitest'
import type { JsonObject } from '../../../src/lib/json.ts'
import { readUsage } from '../../../src/model/chat-usage.ts'

const read = (usage: JsonObject) => readUsage({ usage })
const base = { prompt_tokens: 50, completion_tokens: 20 }

test('every detail of the contract, and those beyond it that are counts', () => {
  const prompt_tokens_details = { cached_tokens: 40, cache_write_tokens: 5, video_tokens: 1 }
  const completion_tokens_details = {
    reasoning_tokens: 3,
    accepted_prediction_tokens: 11,
    rejected_prediction_tokens: 7,
  }
  expect(read({ ...base, prompt_tokens_details, completion_tokens_details })).toEqual({
    promptTokens: 50,
    completionTokens: 20,
    reasoningTokens: 3,
    promptDetails: prompt_tokens_details,
    completionDetails: { accepted_prediction_tokens: 11, rejected_prediction_tokens: 7 },
  })
})

test('nothing is made up', () => {
  expect(read(base)).toEqual({
    promptTokens: 50,
    completionTokens: 20,
    reasoningTokens: null,
    promptDetails: {},
    completionDetails: {},
  })
})

test.each([
  ['a sentence for a name', { the_user_asked_for_tokens: 1 }],
  ['a word that nobody counts in', { thought_tokens: 1 }],
  ['text', { cached_tokens: 'I think' }],
  ['a negative count', { cached_tokens: -1 }],
  ['half a token', { cached_tokens: 1.5 }],
  ['more than is exact', { cached_tokens: 2 ** 60 }],
  ['an object', { multimodal_tokens: { text_tokens: 1 } }],
])('%s is no count', (_name, prompt_tokens_details) => {
  expect(read({ ...base, prompt_tokens_details })?.promptDetails).toEqual({})
})

test.each<readonly [string, JsonObject]>([
  ['beside the total (DeepSeek)', { prompt_cache_hit_tokens: 4, prompt_cache_miss_tokens: 46 }],
  ['beside the total (Moonshot)', { cached_tokens: 4 }],
  ['under the names of the Responses API', { input_tokens_details: { cached_tokens: 4 } }],
])('cached tokens %s', (_name, fields) => {
  expect(read({ ...base, ...fields })?.promptDetails).toEqual({ cached_tokens: 4 })
})
