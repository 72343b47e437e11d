/**
 * A released answer as output items, whole. Pure.
 * Only fields of the contract; reasoning cannot be here but as what the gateway itself has sealed.
 */
import type { Answer, Released } from '../../conversation/outcome.ts'
import type { ToolCall } from '../../conversation/turn.ts'
import { isJsonObject, type JsonArray, type JsonObject } from '../../lib/json.ts'
import type { AnswerFrame } from '../door.ts'
import { answerFields, readLogprobs, type TokenLogprob } from '../released-fields.ts'
import { bytesOf } from '../token-groups.ts'

/** Why an answer is not whole; null for one that is. */
export function incompleteReason({ finishReason }: Answer): string | null {
  if (finishReason === 'length') return 'max_output_tokens'
  return finishReason === 'content_filter' ? 'content_filter' : null
}

/** Whether all of an answer has a form in this contract: sound has none, nor has a call without an id. */
export function fitsItems({ choices }: Released): boolean {
  return choices.length === 1 && choices.every(({ answer }) => answer.parts.every(isItem))
}

function isItem(part: Answer['parts'][number]): boolean {
  if (part.kind === 'tool_call') return part.call.kind !== 'legacy'
  return part.kind !== 'opaque' || part.name === 'annotations'
}

/** What is sealed, then what is said, then what is called; what the answer ends in is incomplete where the answer is. */
export function outputItems(
  released: Released,
  { id, sealed = [] }: AnswerFrame,
): readonly JsonObject[] {
  const [choice] = released.choices
  if (!choice) return []
  const { answer } = choice
  const { calls } = answerFields(answer)
  const content = contentOf(answer, calls.length === 0)
  const [token = null] = sealed
  const items = [
    ...(token === null ? [] : [sealedItem(token)]),
    ...(content.length > 0 ? [{ type: 'message', role: 'assistant', content }] : []),
    ...calls.map(callItem),
  ]
  const isCut = incompleteReason(answer) !== null
  return items.map((item, index) => {
    const isLast = index === items.length - 1
    const name = `${prefixOf(item.type)}_${id}${index.toString(16).padStart(4, '0')}`
    const status = isCut && isLast ? 'incomplete' : 'completed'
    return { id: name, ...item, ...(item.type !== 'reasoning' && { status }) }
  })
}

const PREFIXES: Readonly<Record<string, string>> = {
  message: 'msg',
  function_call: 'fc',
  custom_tool_call: 'ctc',
  reasoning: 'rs',
}

/** What ids of items of a type begin with. */
export function prefixOf(type: string): string {
  return (Object.hasOwn(PREFIXES, type) && PREFIXES[type]) || 'item'
}

type Item = JsonObject & { readonly type: string }

function sealedItem(token: string): Item {
  return { type: 'reasoning', summary: [], encrypted_content: token }
}

function callItem({ id, kind, name, arguments: text }: ToolCall): Item {
  return kind === 'custom'
    ? { type: 'custom_tool_call', call_id: id, name, input: text }
    : { type: 'function_call', call_id: id, name, arguments: text }
}

/** The parts of a message; one empty text where there is nothing else to be said. */
function contentOf(answer: Answer, isAlone: boolean): JsonArray {
  const { content, refusal, annotations = [] } = answerFields(answer)
  const spoken = readLogprobs(answer.logprobs)
  const text = content ?? (isAlone && refusal === null ? '' : null)
  return [
    ...(text === null || (text === '' && !isAlone)
      ? []
      : [textPart(text, annotations, spoken?.content ?? [])]),
    ...(refusal === null ? [] : [{ type: 'refusal', refusal }]),
  ]
}

function textPart(
  text: string,
  annotations: JsonArray,
  tokens: readonly TokenLogprob[],
): JsonObject {
  return {
    type: 'output_text',
    text,
    annotations: annotations.flatMap(flatAnnotation),
    logprobs: tokens.map(writeToken),
  }
}

function flatAnnotation(annotation: JsonArray[number]): readonly JsonObject[] {
  if (!isJsonObject(annotation) || !isJsonObject(annotation.url_citation)) return []
  return [{ type: 'url_citation', ...annotation.url_citation }]
}

/** The contract has bytes with every token; those of its text stand for what no server told. */
export function writeToken(token: TokenLogprob): JsonObject {
  const tops = token.top_logprobs.filter(isJsonObject)
  return {
    ...token,
    bytes: [...bytesOf(token)],
    top_logprobs: tops.map((top) => ({ ...top, bytes: [...bytesOf(top as TokenLogprob)] })),
  }
}
