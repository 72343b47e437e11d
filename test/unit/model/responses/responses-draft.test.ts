/** Replies of the Responses contract: what servers leave out, and how they fail. */
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../../src/lib/json.ts'
import { reveal } from '../../../../src/lib/opaque.ts'
import { ReplyReader } from '../../../../src/model/reply-reader.ts'
import { responsesDialect } from '../../../../src/model/responses/dialect.ts'

type WireEvent = JsonObject & { readonly type: string }

function read(...events: readonly WireEvent[]) {
  const draft = responsesDialect.createDraft({ choices: 1, tools: new Set(), ids: new Set() })
  const reader = new ReplyReader(draft)
  for (const event of events) {
    reader.push(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  }
  return reader.end(() => 'call_made')
}

const message = (text: string) => ({
  type: 'message',
  role: 'assistant',
  content: [{ type: 'output_text', text, annotations: [] }],
})
const completed = (output: readonly JsonObject[], changes: JsonObject = {}) => ({
  type: 'response.completed',
  response: { id: 'resp_1', model: 'm', status: 'completed', output, ...changes },
})

function segments(reply: ReturnType<typeof read>) {
  return reply.ok && reply.value.choices[0] ? reveal(reply.value.choices[0].output) : reply
}

describe('an answer', () => {
  it('keeps reasoning in its own channel', () => {
    const reasoning = { type: 'reasoning', content: [{ type: 'reasoning_text', text: 'Hm.' }] }
    expect(segments(read(completed([reasoning, message('Yes.')])))).toEqual([
      { channel: 'reasoning', text: 'Hm.' },
      { channel: 'content', text: 'Yes.' },
    ])
  })

  it('takes the summary for reasoning where no more is shown', () => {
    const reasoning = { type: 'reasoning', summary: [{ type: 'summary_text', text: 'In short.' }] }
    expect(segments(read(completed([reasoning, message('Yes.')])))).toContainEqual({
      channel: 'reasoning',
      text: 'In short.',
    })
  })

  it('is that of the items where the last event has none', () => {
    const item = { type: 'response.output_item.done', output_index: 0, item: message('Yes.') }
    expect(segments(read(item, completed([])))).toEqual([{ channel: 'content', text: 'Yes.' }])
  })

  it('is that of the pieces where no event has an item', () => {
    const piece = (delta: string) => ({
      type: 'response.output_text.delta',
      output_index: 0,
      delta,
    })
    expect(segments(read(piece('Ye'), piece('s.'), completed([])))).toEqual([
      { channel: 'content', text: 'Yes.' },
    ])
  })

  it.each([
    [completed([message('Y')]), 'stop'],
    [
      completed([{ type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' }]),
      'tool_calls',
    ],
    [
      completed([message('Y')], {
        status: 'incomplete',
        incomplete_details: { reason: 'max_output_tokens' },
      }),
      'length',
    ],
    [
      completed([message('Y')], {
        status: 'incomplete',
        incomplete_details: { reason: 'content_filter' },
      }),
      'content_filter',
    ],
  ])('%# says why it ended', (event, finish) => {
    const reply = read(event)
    expect(reply.ok && reply.value.choices[0]?.finishReason).toBe(finish)
  })
})

describe('a failure', () => {
  it.each<[string, readonly WireEvent[], JsonObject]>([
    [
      'a stream that is cut',
      [{ type: 'response.output_text.delta', delta: 'Y' }],
      { reason: 'model_cut' },
    ],
    [
      'an event of its own',
      [{ type: 'error', code: 'rate_limit_exceeded', message: 'Slow down' }],
      { reason: 'model_rejected', code: 'rate_limit_exceeded' },
    ],
    [
      'a response that failed',
      [
        {
          type: 'response.failed',
          response: {
            status: 'failed',
            error: { code: 'server_error', message: 'Sorry' },
            output: [],
          },
        },
      ],
      { reason: 'model_error_in_body' },
    ],
  ])('%s', (_, events, failure) => {
    const reply = read(...events)
    expect(reply.ok ? reply : reply.failure).toMatchObject(failure)
  })
})
