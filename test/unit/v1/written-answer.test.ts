/** What is sent is what is checked: every text of the bytes, as a client puts it together. */
import { describe, expect, it } from 'vitest'
import type { Released } from '../../../src/conversation/outcome.ts'
import type { JsonValue } from '../../../src/lib/json.ts'
import { type Reply, textsOf, writeAnswer } from '../../../src/v1/written-answer.ts'
import { writeChat } from '../../../src/wire/chat-door.ts'
import { releasedText } from '../../contract/fake-gateway.ts'

const SECRET = '0f3a9c1e5b7d2468'

const replyOf = (stream: boolean) =>
  ({
    exchange: { time: 1_700_000_000_000 },
    asked: {
      write: (what, frame) =>
        writeChat({ stream, includeUsage: true, obfuscate: true }, what, frame),
    },
    id: '1',
  }) as Reply

function released(changes: Partial<Released>, logprobs: JsonValue = null): Released {
  const base = releasedText('x'.repeat(700))
  const choices = base.choices.map((choice) => ({
    ...choice,
    answer: { ...choice.answer, logprobs },
  }))
  return { ...base, choices, ...changes }
}

const isTold = (what: Released, stream: boolean) =>
  textsOf(writeAnswer(replyOf(stream), what, 0))?.some((text) => text.includes(SECRET))

describe.each([false, true])('the texts of an answer (as a stream: %s)', (stream) => {
  it.each([
    ['the model', { model: SECRET }],
    ['the fingerprint', { systemFingerprint: SECRET }],
    ['a header', { headers: { 'x-ratelimit-limit-requests': SECRET } }],
  ] as const)('hold %s', (_, changes) => {
    expect(isTold(released(changes), stream)).toBe(true)
  })

  it('hold the words whole, however they are cut', () => {
    const text = `${'y'.repeat(250)}${SECRET}${'y'.repeat(250)}`
    expect(isTold(releasedText(text), stream)).toBe(true)
  })

  it.each(['token', 'bytes'])('hold alternatives put together rank by rank: %s', (field) => {
    const content = Array.from('x'.repeat(700), (token, at) => ({
      token,
      logprob: -1,
      bytes: null,
      top_logprobs: ['z', SECRET.slice(at * 2, at * 2 + 2)].map((piece) => ({
        token: field === 'token' ? piece : '?',
        logprob: -2,
        bytes: field === 'bytes' ? [...new TextEncoder().encode(piece)] : null,
      })),
    }))
    expect(isTold(released({}, { content, refusal: null }), stream)).toBe(true)
  })

  it('hold the arguments of each call', () => {
    const [choice] = releasedText('').choices
    const call = (id: string, text: string) =>
      ({ kind: 'tool_call', call: { id, kind: 'function', name: 'f', arguments: text } }) as const
    const parts = [call('a', '{}'), call('b', JSON.stringify({ a: SECRET }))]
    const answer = { parts, finishReason: 'tool_calls', logprobs: null } as const
    const what = { ...releasedText(''), choices: [{ ...choice, answer }] } as Released
    expect(isTold(what, stream)).toBe(true)
  })

  it('hold nothing else', () => {
    expect(isTold(releasedText('Paris.'), stream)).toBe(false)
  })
})

it('are none where the bytes cannot be read again', () => {
  expect(textsOf({ outcome: 'released', body: '{"a":', headers: {} })).toBeNull()
  expect(textsOf({ outcome: 'released', body: 'data: {"a":\n\n', headers: {} })).toBeNull()
})
