import { describe, expect, it } from 'vitest'
import type { Answer, Released } from '../../../../src/conversation/outcome.ts'
import type { JsonObject } from '../../../../src/lib/json.ts'
import { openAiContract } from '../../../fakes/openapi.ts'
import { ANSWERS, answerOf, releasedOf, text } from '../answers.ts'
import { ask } from './ask.ts'

const contract = openAiContract()
const FRAME = { id: '0'.repeat(24), created: 1_700_000_000, completed: 1_700_000_003 }

function write(released: Released, fields: JsonObject = {}, sealed?: readonly string[]) {
  const written = ask(fields).write(released, { ...FRAME, ...(sealed && { sealed }) })
  if (written.kind !== 'object') throw new Error('Expected an object')
  return written.object
}

const of = (answer: Answer, fields?: JsonObject) => write(releasedOf([answer]), fields)

/** All that Open Responses wants of a response, and the document's own beside it. */
const KEYS = `id object created_at completed_at status incomplete_details model previous_response_id
  instructions output error tools tool_choice truncation parallel_tool_calls text top_p presence_penalty
  frequency_penalty top_logprobs temperature reasoning usage max_output_tokens max_tool_calls store background
  service_tier metadata safety_identifier prompt_cache_key conversation moderation prompt prompt_cache_retention`.split(
  /\s+/,
)

const FITTING = Object.entries(ANSWERS).filter(([, answer]) =>
  ask({}).canWrite(releasedOf([answer])),
)

describe('a response', () => {
  it('has every key, whatever was asked', () => {
    expect(Object.keys(of(answerOf([text('a')]))).sort()).toEqual([...KEYS].sort())
  })

  it('names itself, its model and its times', () => {
    expect(of(answerOf([text('a')]))).toMatchObject({
      id: `resp_${FRAME.id}`,
      object: 'response',
      status: 'completed',
      created_at: 1_700_000_000,
      completed_at: 1_700_000_003,
      model: 'gpt-test',
      service_tier: 'default',
      error: null,
      incomplete_details: null,
    })
  })

  it('counts tokens, what no upstream told as none', () => {
    expect(of(answerOf([text('a')])).usage).toEqual({
      input_tokens: 11,
      input_tokens_details: { cached_tokens: 3, cache_write_tokens: 0 },
      output_tokens: 7,
      output_tokens_details: { reasoning_tokens: 4 },
      total_tokens: 18,
    })
  })

  it('says what is said in one message', () => {
    expect(of(ANSWERS['text in two parts'] as Answer).output).toEqual([
      {
        id: `msg_${FRAME.id}0000`,
        type: 'message',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'Hello, world', annotations: [], logprobs: [] }],
      },
    ])
  })

  it('has refusals as such', () => {
    expect(of(ANSWERS.refusal as Answer).output).toMatchObject([
      { content: [{ type: 'refusal', refusal: 'I cannot help with that.' }] },
    ])
  })

  it('has each call as an item, after what was said', () => {
    const output = of(ANSWERS['parallel calls after text'] as Answer).output as JsonObject[]
    expect(output.map(({ type, call_id, id }) => [type, call_id, id])).toEqual([
      ['message', undefined, `msg_${FRAME.id}0000`],
      ['function_call', 'call_1', `fc_${FRAME.id}0001`],
      ['function_call', 'call_2', `fc_${FRAME.id}0002`],
    ])
  })

  it('has no message beside calls where nothing was said', () => {
    const call = ANSWERS['one call'] as Answer
    const silent = answerOf([text(''), ...call.parts], { finishReason: 'tool_calls' })
    expect(of(silent).output).toMatchObject([{ type: 'function_call' }])
  })

  it('has a message where there is nothing else', () => {
    expect(of(answerOf([])).output).toMatchObject([{ content: [{ text: '' }] }])
  })

  it.each([
    ['length', 'max_output_tokens'],
    ['content_filter', 'content_filter'],
  ] as const)('that ends for %s is incomplete, and so is its last item', (finishReason, reason) => {
    const { parts } = ANSWERS['parallel calls after text'] as Answer
    const response = of(answerOf(parts, { finishReason }))
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason },
      completed_at: null,
    })
    expect((response.output as JsonObject[]).map(({ status }) => status)).toEqual([
      'completed',
      'completed',
      'incomplete',
    ])
  })

  it('has only what the contract names of calls and tokens', () => {
    const written = JSON.stringify(FITTING.map(([, answer]) => of(answer)))
    expect(written).not.toMatch(/secret|thought/)
  })

  it('has citations flat', () => {
    expect(of(ANSWERS.annotations as Answer).output).toMatchObject([
      { content: [{ annotations: [{ type: 'url_citation', url: expect.any(String) }] }] },
    ])
  })

  it('has reasoning only as the gateway has sealed it', () => {
    const { output } = write(releasedOf([answerOf([text('a')])]), {}, ['token'])
    expect(output).toMatchObject([
      {
        id: `rs_${FRAME.id}0000`,
        type: 'reasoning',
        summary: [],
        encrypted_content: 'token',
      },
      { type: 'message', id: `msg_${FRAME.id}0001` },
    ])
  })

  it('repeats what was asked', () => {
    const asked = {
      instructions: 'Be brief',
      max_output_tokens: 99,
      temperature: 0.2,
      top_p: 0.3,
      tool_choice: 'none',
      parallel_tool_calls: false,
      store: false,
      metadata: { a: 'b' },
      safety_identifier: 's',
      prompt_cache_key: 'k',
      user: 'u',
      truncation: 'disabled',
      text: { format: { type: 'json_object' }, verbosity: 'low' },
    }
    expect(of(answerOf([text('a')]), asked)).toMatchObject(asked)
  })

  it('repeats a function with all its members, and no summary that was asked for', () => {
    const asked = {
      tools: [{ type: 'function', name: 'f' }],
      reasoning: { effort: 'low', summary: 'auto' },
    }
    expect(of(answerOf([text('a')]), asked)).toMatchObject({
      tools: [{ type: 'function', name: 'f', description: null, parameters: null, strict: null }],
      reasoning: { effort: 'low', summary: null },
    })
  })

  it.skipIf(!contract).each(FITTING)('with %s conforms to the document', (_, answer) => {
    expect(contract?.problems('Response', of(answer))).toEqual([])
  })
})

describe('an answer that has no form here', () => {
  const canWrite = (released: Released) => ask({}).canWrite(released)

  it.each(['audio', 'legacy call'])('is not written: %s', (name) => {
    expect(canWrite(releasedOf([ANSWERS[name] as Answer]))).toBe(false)
  })

  it('is not written: two choices', () => {
    expect(canWrite(releasedOf([answerOf([text('a')]), answerOf([text('b')])]))).toBe(false)
  })
})
