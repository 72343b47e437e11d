/**
 * A released answer as the events of a stream, in the order of the official document: the message begins, each block begins,
 * grows and ends, then why it stopped and what it cost. Pure: the whole answer is known before the first event.
 */
import type { Released } from '../../conversation/outcome.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { AnswerFrame, WireEvent } from '../door.ts'
import { piecesOf } from '../pieces.ts'
import { type AnswerBlock, blocksOf, frameOf, stopFields, usageOf } from './answer-blocks.ts'
import { DIRECT } from './message.ts'

const UNSTOPPED = { stop_reason: null, stop_sequence: null }

/** UTF-16 units of text in an event. */
const PIECE_LENGTH = 256

export function* messageEvents(
  released: Released,
  { id, sealed = [] }: AnswerFrame,
): Generator<WireEvent> {
  const answer = released.choices[0]?.answer
  if (!answer) throw new TypeError('Cannot write a message without an answer')
  const frame = frameOf(released, id)
  const usage = { ...frame.usage, output_tokens: 0, output_tokens_details: null }
  yield event('message_start', { message: { ...frame, content: [], ...UNSTOPPED, usage } })
  yield event('ping', {})
  for (const [index, block] of blocksOf(answer, sealed[0] ?? null).entries()) {
    const { start, deltas } = stepsOf(block)
    yield event('content_block_start', { index, content_block: start })
    for (const delta of deltas) yield event('content_block_delta', { index, delta })
    yield event('content_block_stop', { index })
  }
  const { container, stop_details } = frame
  const delta = { container, stop_details, ...stopFields(answer) }
  yield event('message_delta', { delta, usage: usageOf(released.usage) })
  yield event('message_stop', {})
}

function event(type: string, fields: JsonObject): WireEvent {
  return { name: type, data: { type, ...fields } }
}

type BlockSteps = { readonly start: JsonObject; readonly deltas: Iterable<JsonObject> }

function stepsOf(block: AnswerBlock): BlockSteps {
  switch (block.type) {
    case 'thinking': {
      const { signature } = block
      return {
        start: { type: 'thinking', thinking: '', signature: '' },
        deltas: [{ type: 'signature_delta', signature }],
      }
    }
    case 'text':
      return {
        start: { type: 'text', text: '', citations: null },
        deltas: deltasOf(block.text, (text) => ({ type: 'text_delta', text })),
      }
    case 'tool_use': {
      const { id, name, input } = block
      return {
        start: { type: 'tool_use', id, name, input: {}, caller: DIRECT },
        deltas: deltasOf(JSON.stringify(input), (json) => ({
          type: 'input_json_delta',
          partial_json: json,
        })),
      }
    }
  }
}

function* deltasOf(text: string, write: (piece: string) => JsonObject): Generator<JsonObject> {
  for (const piece of piecesOf(text, PIECE_LENGTH)) yield write(piece)
}
