import { describe, expect, it } from 'vitest'
import type { Prompt, Usage } from '../../../src/conversation/model.ts'
import { callWhole } from '../../../src/deliberation/call-whole.ts'
import { noSpan } from '../../../src/lib/tracing.ts'
import { createScriptedModel, SOME_USAGE } from '../../fakes/scripted-model.ts'

const options = { signal: new AbortController().signal, span: noSpan }

/** 4,000 words in 44,000 characters. */
const LONG = 'aaaaaaaaa. '.repeat(4000)

async function failureOf(content: string, usage: Partial<Usage> | null) {
  const prompt: Prompt = {
    model: 'm',
    turns: [
      { role: 'system', content },
      { role: 'user', content: [{ kind: 'text', text: 'Go on.' }] },
    ],
    parameters: {},
    stream: false,
  }
  const model = createScriptedModel([
    { content: 'An answer', usage: usage && { ...SOME_USAGE, ...usage } },
  ])
  const result = await callWhole(model, prompt, options)
  return result.ok ? null : result.failure
}

describe('a model that counts fewer tokens than the prompt has', () => {
  it('has not read it all: its answer is a failure that tells both numbers', async () => {
    expect(await failureOf(LONG, { promptTokens: 3072 })).toEqual({
      reason: 'prompt_truncated',
      promptTokens: 3072,
      sentTokens: 4002,
    })
  })

  it.each([
    ['as many as there are', LONG, { promptTokens: 8100 }],
    ['a little fewer, as templates leave out', LONG, { promptTokens: 3300 }],
    ['more', LONG, { promptTokens: 20_000 }],
    [
      'those of its cache apart',
      LONG,
      { promptTokens: 2048, promptDetails: { cached_tokens: 6000 } },
    ],
    ['so few that no window is as small', LONG, { promptTokens: 2047 }],
    ['nothing', LONG, null],
    ['few of a long row of spaces', ' '.repeat(100_000), { promptTokens: 2100 }],
    ['few of what is no prose', 'a1-'.repeat(50_000), { promptTokens: 25_000 }],
    ['few of one unbroken word', 'あ'.repeat(100_000), { promptTokens: 2100 }],
  ] as const)('is believed where it counts %s', async (_, content, usage) => {
    expect(await failureOf(content, usage)).toBeNull()
  })
})
