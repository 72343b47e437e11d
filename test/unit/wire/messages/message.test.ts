/** A released answer as a message: all keys of the contract, and nothing that is not in it. */
import { describe, expect, it } from 'vitest'
import type { Answer } from '../../../../src/conversation/outcome.ts'
import type { JsonObject } from '../../../../src/lib/json.ts'
import { messageObject } from '../../../../src/wire/messages/message.ts'
import { ANSWERS, answerOf, CUSTOM_CALL, releasedOf, text } from '../answers.ts'
import { ask } from './door.ts'

const FRAME = { id: '0'.repeat(24), created: 1, completed: 1 }

const contentOf = (answer: Answer, sealed?: readonly (string | null)[]) =>
  messageObject(releasedOf([answer]), { ...FRAME, ...(sealed && { sealed }) }).content

const stopOf = (answer: Answer) => messageObject(releasedOf([answer]), FRAME).stop_reason

const call = (input: string, kind: 'function' | 'custom' | 'legacy' = 'function') =>
  ({ kind: 'tool_call', call: { id: 't1', kind, name: 'f', arguments: input } }) as const

describe('a message', () => {
  it('has every key of the contract', () => {
    expect(messageObject(releasedOf([answerOf([text('Hi.')])]), FRAME)).toEqual({
      id: 'msg_000000000000000000000000',
      type: 'message',
      role: 'assistant',
      model: 'gpt-test',
      content: [{ type: 'text', text: 'Hi.', citations: null }],
      container: null,
      diagnostics: null,
      stop_details: null,
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: {
        input_tokens: 8,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 3,
        cache_creation: null,
        output_tokens: 7,
        output_tokens_details: { thinking_tokens: 4 },
        server_tool_use: null,
        inference_geo: null,
        service_tier: 'standard',
        speed: null,
      },
    })
  })

  it('holds a call with its arguments as an object', () => {
    expect(contentOf(answerOf([text('Well.'), call('{"a":{"b":[1]}}')]))).toEqual([
      { type: 'text', text: 'Well.', citations: null },
      {
        type: 'tool_use',
        id: 't1',
        name: 'f',
        input: { a: { b: [1] } },
        caller: { type: 'direct' },
      },
    ])
  })

  it('keeps the digits of a number', () => {
    const message = messageObject(
      releasedOf([answerOf([call('{"a":12345678901234567890.50}')])]),
      FRAME,
    )
    expect(JSON.stringify(message)).toContain('{"a":12345678901234567890.50}')
  })

  it('puts what the client carries first, as a thought without words', () => {
    expect(contentOf(answerOf([text('Hi.')]), ['token'])).toEqual([
      { type: 'thinking', thinking: '', signature: 'token' },
      { type: 'text', text: 'Hi.', citations: null },
    ])
  })

  it('is empty where the limit was spent before the answer', () => {
    expect(contentOf(answerOf([text('')], { finishReason: 'length' }))).toEqual([])
  })

  it('leaves out the call that the limit has cut', () => {
    const answer = answerOf([text('Well.'), call('{"a":"b')], { finishReason: 'length' })
    expect([contentOf(answer), stopOf(answer)]).toEqual([
      [{ type: 'text', text: 'Well.', citations: null }],
      'max_tokens',
    ])
  })

  it.each(Object.entries(ANSWERS))('tells nothing that no contract names: %s', (_, answer) => {
    const written = JSON.stringify(messageObject(releasedOf([answer]), FRAME))
    expect(written).not.toMatch(/secret|thought/)
  })
})

describe('a stop reason', () => {
  it.each<[string, Answer, string]>([
    ['the end', answerOf([text('Hi.')]), 'end_turn'],
    ['the limit', answerOf([text('Hi')], { finishReason: 'length' }), 'max_tokens'],
    ['a call', answerOf([call('{}')], { finishReason: 'tool_calls' }), 'tool_use'],
    ['a call of a server that says otherwise', answerOf([call('{}')]), 'tool_use'],
    ['a filter', answerOf([text('')], { finishReason: 'content_filter' }), 'refusal'],
    ['words in place of a form', answerOf([{ kind: 'refusal', text: 'No.' }]), 'refusal'],
    ['words that decline', answerOf([text('I cannot.')]), 'end_turn'],
    ['a stop of the client’s', answerOf([text('Hi.')], { stoppedAt: 'END' }), 'stop_sequence'],
  ])('after %s', (_, answer, reason) => {
    expect(stopOf(answer)).toBe(reason)
  })
})

it('tells which stop of the client’s it ended at', () => {
  const answer = answerOf([text('Hi.')], { stoppedAt: 'END' })
  expect(messageObject(releasedOf([answer]), FRAME).stop_sequence).toBe('END')
})

describe('an answer', () => {
  it.each<[string, Answer, boolean]>([
    ['a call without arguments', answerOf([call('')]), true],
    ['a call with a list', answerOf([call('[1]')]), false],
    ['a call with text', answerOf([call('hello', 'custom')]), false],
    ['a custom call', CUSTOM_CALL, false],
    ['a call of the older form', ANSWERS['legacy call'] as Answer, false],
    [
      'a call that is broken in the midst',
      answerOf([call('{"a'), call('{}')], { finishReason: 'length' }),
      false,
    ],
    ['sound', ANSWERS.audio as Answer, false],
    ['marks on its text', ANSWERS.annotations as Answer, true],
  ])('with %s can be written: %s', (_, answer, can) => {
    expect(ask().canWrite(releasedOf([answer]))).toBe(can)
  })
})

it('has the input of calls of no more than what was released', () => {
  const sent: JsonObject = messageObject(releasedOf([answerOf([call('{"a":1,"a":2}')])]), FRAME)
  expect(sent.content).toMatchObject([{ input: { a: 2 } }])
})
