/** The events of a stream: their order, their pairs, and that together they say what the object says. */
import { describe, expect, it } from 'vitest'
import type { Answer } from '../../../../src/conversation/outcome.ts'
import type { JsonArray, JsonObject } from '../../../../src/lib/json.ts'
import { isJsonObject } from '../../../../src/lib/json.ts'
import { messageEvents } from '../../../../src/wire/messages/events.ts'
import { messageObject } from '../../../../src/wire/messages/message.ts'
import { ANSWERS, answerOf, releasedOf, text } from '../answers.ts'

const FRAME = { id: '0'.repeat(24), created: 1, completed: 1, sealed: ['token'] }

const BLOCK = ['content_block_start', 'content_block_delta', 'content_block_stop']

const word = (value: unknown): string => (typeof value === 'string' ? value : '')

const eventsOf = (answer: Answer) => [...messageEvents(releasedOf([answer]), FRAME)]

const typesOf = (answer: Answer) => eventsOf(answer).map(({ data }) => word(data.type))

/** Puts a message together as the contract's own libraries do. */
function accumulate(answer: Answer): JsonObject {
  let message: Record<string, unknown> = {}
  const blocks: Record<string, unknown>[] = []
  const inputs = new Map<number, string>()
  for (const { data } of eventsOf(answer)) {
    const index = Number(data.index)
    if (data.type === 'message_start') message = { ...(data.message as JsonObject) }
    if (data.type === 'content_block_start')
      blocks[index] = { ...(data.content_block as JsonObject) }
    const block = blocks[index]
    const delta = isJsonObject(data.delta) ? data.delta : {}
    if (block && delta.type === 'text_delta') block.text = word(block.text) + word(delta.text)
    if (block && delta.type === 'signature_delta') block.signature = delta.signature
    if (delta.type === 'input_json_delta') {
      inputs.set(index, (inputs.get(index) ?? '') + word(delta.partial_json))
    }
    if (data.type === 'message_delta') {
      const usage = { ...(message.usage as JsonObject), ...(data.usage as JsonObject) }
      message = { ...message, ...delta, usage }
    }
  }
  for (const [index, json] of inputs) blocks[index] = { ...blocks[index], input: JSON.parse(json) }
  return { ...message, content: blocks as unknown as JsonArray } as JsonObject
}

describe('a stream', () => {
  it('has its events in the order of the document', () => {
    const call = { id: 't1', kind: 'function', name: 'f', arguments: '{"a":1}' } as const
    expect(typesOf(answerOf([text('Hi.'), { kind: 'tool_call', call }]))).toEqual([
      'message_start',
      'ping',
      ...BLOCK,
      ...BLOCK,
      ...BLOCK,
      'message_delta',
      'message_stop',
    ])
  })

  it.each(Object.entries(ANSWERS))('names each event by its type: %s', (_, answer) => {
    for (const { name, data } of eventsOf(answer)) expect(name).toBe(data.type)
  })

  it.each(Object.entries(ANSWERS))('says what the object says: %s', (_, answer) => {
    expect(accumulate(answer)).toEqual(messageObject(releasedOf([answer]), FRAME))
  })

  it('says nothing of what it stopped at, and counts nothing written, before the end', () => {
    const [start] = eventsOf(answerOf([text('Hi.')]))
    expect(start?.data.message).toMatchObject({
      content: [],
      stop_reason: null,
      usage: { input_tokens: 8, output_tokens: 0 },
    })
  })

  it.each([0, 1, 2, 3])('never cuts a character, behind %i others', (before) => {
    const said = 'a'.repeat(before) + '😀'.repeat(700)
    const pieces = eventsOf(answerOf([text(said)])).flatMap(({ data }) =>
      isJsonObject(data.delta) && data.delta.type === 'text_delta' ? [word(data.delta.text)] : [],
    )
    expect(pieces.join('')).toBe(said)
    expect(pieces.every((piece) => piece.isWellFormed())).toBe(true)
  })
})
