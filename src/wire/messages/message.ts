/** A released answer as a message object. Pure. */
import type { Released } from '../../conversation/outcome.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { AnswerFrame } from '../door.ts'
import { type AnswerBlock, blocksOf, frameOf, stopFields } from './answer-blocks.ts'

/** Writes the response body of a request that did not ask for a stream. There is one choice: none can ask for more. */
export function messageObject(released: Released, { id, sealed = [] }: AnswerFrame): JsonObject {
  const answer = released.choices[0]?.answer
  if (!answer) throw new TypeError('Cannot write a message without an answer')
  return {
    ...frameOf(released, id),
    content: blocksOf(answer, sealed[0] ?? null).map(writeBlock),
    ...stopFields(answer),
  }
}

function writeBlock(block: AnswerBlock): JsonObject {
  switch (block.type) {
    case 'thinking':
      return { type: 'thinking', thinking: '', signature: block.signature }
    case 'text':
      return { type: 'text', text: block.text, citations: null }
    case 'tool_use':
      return {
        type: 'tool_use',
        id: block.id,
        name: block.name,
        input: block.input,
        caller: DIRECT,
      }
  }
}

/** The model itself, and no program that it wrote. */
export const DIRECT: JsonObject = { type: 'direct' }
