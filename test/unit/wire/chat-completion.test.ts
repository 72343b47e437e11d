import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../../src/errors.ts'
import type { JsonObject } from '../../../src/lib/json.ts'
import { chatCompletion } from '../../../src/wire/chat-completion.ts'
import { errorBody } from '../../../src/wire/error-body.ts'
import { readFinishReason } from '../../../src/wire/finish-reason.ts'
import { openAiContract } from '../../fakes/openapi.ts'
import { ANSWERS, answerOf, CUSTOM_CALL, releasedOf, text } from './answers.ts'

const contract = openAiContract()
const FRAME = { id: 'chatcmpl-1', created: 1_700_000_000 }

const choiceOf = (answer = answerOf([])) =>
  (chatCompletion(releasedOf([answer]), FRAME).choices as readonly JsonObject[])[0]

describe('a completion', () => {
  it('has the fields of the contract and no other', () => {
    expect(chatCompletion(releasedOf([answerOf([text('Hello')])]), FRAME)).toEqual({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'gpt-test',
      service_tier: 'default',
      system_fingerprint: 'fp_1',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 11,
        completion_tokens: 7,
        total_tokens: 18,
        prompt_tokens_details: { cached_tokens: 3 },
        completion_tokens_details: { reasoning_tokens: 4 },
      },
    })
  })

  it.each([
    ['fp_44709d6fcb', true],
    ['fp_8b330d02d0_prod0820_fp8_kvcache_20260402', true],
    ['vllm-0.24.0-tp4-6d31f84d', true],
    ['fp_ollama', true],
    ['b7010-c27efd2bd', true],
    ['the user asked for it', false],
    ['the_user_asked_for_it', false],
    ['f'.repeat(65), false],
  ])('passes on the fingerprint %s: %s', (systemFingerprint, isPassed) => {
    const body = chatCompletion(releasedOf([], { systemFingerprint }), FRAME)
    expect('system_fingerprint' in body).toBe(isPassed)
  })

  it('leaves out a tier the contract does not know, and what is not known', () => {
    const released = releasedOf([], { serviceTier: 'on_demand', systemFingerprint: null })
    expect(Object.keys(chatCompletion(released, FRAME))).toEqual([
      'id',
      'object',
      'created',
      'model',
      'choices',
      'usage',
    ])
  })

  it('shows a refusal as one, with null content', () => {
    expect(choiceOf(ANSWERS.refusal)).toMatchObject({
      message: { role: 'assistant', content: null, refusal: 'I cannot help with that.' },
    })
  })

  it('gives a custom call its own form', () => {
    expect(choiceOf(CUSTOM_CALL)).toMatchObject({
      message: {
        content: null,
        tool_calls: [{ id: 'call_3', type: 'custom', custom: { name: 'sql', input: 'select 1' } }],
      },
    })
  })

  it('passes on no unknown field of calls, audio, annotations or log probabilities', () => {
    const all = chatCompletion(releasedOf(Object.values(ANSWERS)), FRAME)
    expect(JSON.stringify(all)).not.toMatch(/secret|thought/)
  })

  it.skipIf(!contract).each([...Object.entries(ANSWERS), ['custom call', CUSTOM_CALL] as const])(
    'with %s conforms to the document',
    (_, answer) => {
      const body = chatCompletion(releasedOf([answer]), FRAME)
      expect(contract?.problems('CreateChatCompletionResponse', body)).toEqual([])
    },
  )
})

describe('an error body', () => {
  it.each([
    [
      new GatewayError('unsupported_parameter', { param: 'echo', message: 'Leave echo out' }),
      {
        message: 'Leave echo out',
        type: 'invalid_request_error',
        param: 'echo',
        code: 'unsupported_parameter',
      },
    ],
    [
      new GatewayError('upstream_rejected', { status: 422, wireCode: 'invalid_value' }),
      {
        message: 'The model server did not accept the request',
        type: 'invalid_request_error',
        param: null,
        code: 'invalid_value',
      },
    ],
  ])('of %s says what is public and conforms to the document', (error, wanted) => {
    expect(errorBody(error)).toEqual({ error: wanted })
    expect(contract?.problems('ErrorResponse', errorBody(error)) ?? []).toEqual([])
  })
})

describe('a finish reason', () => {
  it.each([
    ['stop', 'stop'],
    ['eos', 'stop'],
    ['end_turn', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['tool_use', 'tool_calls'],
    ['SAFETY', 'content_filter'],
    ['', null],
    ['error', null],
    ['constructor', null],
    [null, null],
    [7, null],
  ])('%j is read as %j', (word, reason) => {
    expect(readFinishReason(word)).toBe(reason)
  })
})
