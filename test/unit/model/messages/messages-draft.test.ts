/** Replies of the Messages contract, whole and in events. */
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../../src/lib/json.ts'
import { reveal } from '../../../../src/lib/opaque.ts'
import { messagesDialect } from '../../../../src/model/messages/dialect.ts'
import { ReplyReader } from '../../../../src/model/reply-reader.ts'

const text = (words: string) => ({ type: 'text', text: words })

type WireEvent = JsonObject & { readonly type: string }

function read(body: string) {
  const draft = messagesDialect.createDraft({ choices: 1, tools: new Set(), ids: new Set() })
  const reader = new ReplyReader(draft)
  reader.push(body)
  return reader.end(() => 'call_made')
}

const stream = (...events: readonly WireEvent[]) =>
  events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('')

const START = {
  type: 'message_start',
  message: {
    id: 'msg_1',
    model: 'm',
    usage: { input_tokens: 5, cache_read_input_tokens: 2, output_tokens: 1 },
  },
}
const block = (index: number, content_block: JsonObject) => ({
  type: 'content_block_start',
  index,
  content_block,
})
const delta = (index: number, change: JsonObject) => ({
  type: 'content_block_delta',
  index,
  delta: change,
})
const stop = (reason: string) => ({
  type: 'message_delta',
  delta: { stop_reason: reason },
  usage: { output_tokens: 7 },
})

describe('a reply', () => {
  it('whose thoughts come within a block of text holds them as thoughts alone', () => {
    const reply = read(
      stream(
        START,
        block(0, { type: 'text', text: '' }),
        delta(0, { type: 'thinking_delta', thinking: 'Hm.' }),
        delta(0, { type: 'text_delta', text: 'Yes.' }),
        stop('end_turn'),
        { type: 'message_stop' },
      ),
    )
    const [choice] = reply.ok ? reply.value.choices : []
    expect(choice && reveal(choice.output)).toEqual([
      { channel: 'reasoning', text: 'Hm.' },
      { channel: 'content', text: 'Yes.' },
    ])
  })

  it('has the words of a block that was never announced', () => {
    const reply = read(
      stream(START, delta(0, { type: 'text_delta', text: 'Yes.' }), stop('end_turn'), {
        type: 'message_stop',
      }),
    )
    const [choice] = reply.ok ? reply.value.choices : []
    expect(choice && reveal(choice.output)).toEqual([{ channel: 'content', text: 'Yes.' }])
  })

  it('in a stream is put together block by block', () => {
    const reply = read(
      stream(
        START,
        { type: 'ping' },
        block(0, { type: 'thinking', thinking: '' }),
        delta(0, { type: 'thinking_delta', thinking: 'Hm.' }),
        block(1, { type: 'text', text: '' }),
        delta(1, { type: 'text_delta', text: 'Ye' }),
        delta(1, { type: 'text_delta', text: 's.' }),
        block(2, { type: 'tool_use', id: 't', name: 'f', input: {} }),
        delta(2, { type: 'input_json_delta', partial_json: '{"a":' }),
        delta(2, { type: 'input_json_delta', partial_json: '1}' }),
        stop('tool_use'),
        { type: 'message_stop' },
      ),
    )
    if (!reply.ok) throw new Error(reply.failure.reason)
    const { choices, usage } = reply.value
    expect(choices[0] && reveal(choices[0].output)).toEqual([
      { channel: 'reasoning', text: 'Hm.' },
      { channel: 'content', text: 'Yes.' },
    ])
    expect(choices[0]).toMatchObject({
      finishReason: 'tool_calls',
      toolCalls: [{ id: 't', name: 'f', arguments: '{"a":1}' }],
    })
    expect(usage).toMatchObject({
      promptTokens: 7,
      completionTokens: 7,
      promptDetails: { cached_tokens: 2 },
    })
  })

  it('that is whole is read the same', () => {
    const reply = read(
      JSON.stringify({
        type: 'message',
        id: 'msg_1',
        content: [text('Yes.')],
        stop_reason: 'end_turn',
      }),
    )
    expect(reply.ok && reply.value.choices[0]?.finishReason).toBe('stop')
  })

  it('keeps its thoughts as they are to be handed back, whole and in a stream', () => {
    const thoughts = [
      { type: 'thinking', thinking: 'Hm.', signature: 'sig' },
      { type: 'redacted_thinking', data: 'blob' },
    ]
    const whole = { type: 'message', content: [...thoughts, text('Yes.')], stop_reason: 'end_turn' }
    const streamed = stream(
      START,
      block(0, { type: 'thinking', thinking: '', signature: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'H' }),
      delta(0, { type: 'thinking_delta', thinking: 'm.' }),
      delta(0, { type: 'signature_delta', signature: 'sig' }),
      block(1, { type: 'redacted_thinking', data: 'blob' }),
      block(2, text('Yes.')),
      stop('end_turn'),
      { type: 'message_stop' },
    )
    for (const body of [JSON.stringify(whole), streamed]) {
      const reply = read(body)
      const carried = reply.ok ? reply.value.choices[0]?.carried : undefined
      expect(carried && reveal(carried).items).toEqual(thoughts)
      expect(JSON.stringify(reply)).not.toMatch(/Hm\.|sig"|blob/)
    }
  })

  it('tells which stop it ended at, whole and in a stream', () => {
    const end = { stop_reason: 'stop_sequence', stop_sequence: 'END' }
    const whole = { type: 'message', id: 'msg_1', content: [text('Yes.')], ...end }
    const streamed = stream(
      START,
      block(0, text('Yes.')),
      { type: 'message_delta', delta: end, usage: {} },
      { type: 'message_stop' },
    )
    for (const body of [JSON.stringify(whole), streamed]) {
      const reply = read(body)
      expect(reply.ok && reply.value.choices[0]?.stoppedAt).toBe('END')
    }
  })

  it.each([
    ['that is cut', stream(START, block(0, text('Y'))), { reason: 'model_cut' }],
    [
      'that is an overload',
      stream(START, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }),
      { reason: 'model_rejected', code: 'upstream_overloaded' },
    ],
  ])('%s is a failure', (_, body, failure) => {
    const reply = read(body)
    expect(reply.ok ? reply : reply.failure).toMatchObject(failure)
  })
})
