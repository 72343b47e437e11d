/** Released answers of every shape that the codec can meet, and the way to make more. */
import type { Answer, OutputPart, Released } from '../../../src/conversation/outcome.ts'
import type { ToolCall } from '../../../src/conversation/turn.ts'
import type { JsonValue } from '../../../src/lib/json.ts'

export function answerOf(parts: readonly OutputPart[], fields: Partial<Answer> = {}): Answer {
  return { parts, finishReason: 'stop', logprobs: null, ...fields }
}

export function releasedOf(answers: readonly Answer[], fields: Partial<Released> = {}): Released {
  return {
    kind: 'released',
    choices: answers.map((answer, index) => ({
      index,
      kind: 'released',
      attempt: 1,
      reason: null,
      answer,
    })),
    model: 'gpt-test',
    serviceTier: 'default',
    systemFingerprint: 'fp_1',
    usage: {
      promptTokens: 11,
      completionTokens: 7,
      reasoningTokens: 4,
      promptDetails: { cached_tokens: 3 },
      completionDetails: {},
    },
    headers: {},
    ...fields,
  }
}

export const text = (value: string): OutputPart => ({ kind: 'text', text: value })

const call = (fields: Partial<ToolCall>): OutputPart => ({
  kind: 'tool_call',
  call: { id: 'call_1', kind: 'function', name: 'f', arguments: '{"a":1}', ...fields },
})

/** A token as a provider may send it, with a field that no contract names. */
export const token = (value: string): JsonValue => ({
  token: value,
  logprob: -0.5,
  bytes: [...new TextEncoder().encode(value)],
  top_logprobs: [{ token: value, logprob: -0.5, bytes: null, secret: 1 }],
  secret: 'thought',
})

export const ANSWERS: Readonly<Record<string, Answer>> = {
  text: answerOf([text('Hello, world')]),
  'empty text': answerOf([text('')]),
  'text in two parts': answerOf([text('Hello, '), text('world')]),
  'long text beyond the basic plane': answerOf([text('a😀'.repeat(700))]),
  'cut text': answerOf([text('Hel')], { finishReason: 'length' }),
  refusal: answerOf([{ kind: 'refusal', text: 'I cannot help with that.' }]),
  'one call': answerOf([call({})], { finishReason: 'tool_calls' }),
  'parallel calls after text': answerOf(
    [
      text('Looking.'),
      call({ arguments: `{"text":"${'€😀'.repeat(300)}"}` }),
      call({ id: 'call_2', name: 'g', arguments: '' }),
    ],
    { finishReason: 'tool_calls' },
  ),
  'legacy call': answerOf([call({ id: '', kind: 'legacy' })], { finishReason: 'function_call' }),
  'call with unknown fields': answerOf([
    call({ extra: { thought: 'secret', function: { x: 1 } } }),
  ]),
  filtered: answerOf([text('')], { finishReason: 'content_filter' }),
  audio: answerOf([
    {
      kind: 'opaque',
      name: 'audio',
      value: {
        id: 'a1',
        data: 'AAAA',
        transcript: 'hi',
        expires_at: 1700000000,
        thought: 'secret',
      },
    },
  ]),
  annotations: answerOf([
    text('See [1].'),
    {
      kind: 'opaque',
      name: 'annotations',
      value: [
        {
          type: 'url_citation',
          url_citation: { url: 'https://example.com/a', start_index: 0, thought: 'secret' },
        },
        { type: 'thought', text: 'secret' },
      ],
    },
  ]),
  logprobs: answerOf([text('Hello world')], {
    logprobs: { content: [token('Hello'), token(' world')], thought: 'secret' },
  }),
  'logprobs of split code points': answerOf([text('😀!')], {
    logprobs: { content: [token('\\xf0\\x9f'), token('\\x98\\x80'), token('!')], refusal: null },
  }),
}

export const CUSTOM_CALL = answerOf([
  call({ id: 'call_3', kind: 'custom', name: 'sql', arguments: 'select 1' }),
])
