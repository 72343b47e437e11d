/**
 * A response object as the chat completion it would be, so that one reader reads both. Pure.
 * Items of tools that the provider ran have no form in chat: of them only that they are no text is told.
 */
import { isJsonObject, type JsonArray, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { listField, textOf } from '../fields.ts'

/** Why a response is not complete, in the words of chat. */
const INCOMPLETE: Readonly<Record<string, string>> = {
  max_output_tokens: 'length',
  max_tokens: 'length',
  content_filter: 'content_filter',
}

/** `items` are the response's, or what its events gave of them. */
export function completionOf(response: JsonObject, items: readonly JsonObject[]): JsonObject {
  const { id, model, service_tier, usage } = response
  const message = messageOf(items)
  return {
    id: id ?? null,
    model: model ?? null,
    service_tier: service_tier ?? null,
    usage: usage ?? null,
    choices: [
      {
        index: 0,
        message,
        logprobs: logprobsOf(items),
        finish_reason: finishOf(response, message),
      },
    ],
  }
}

function finishOf(response: JsonObject, message: JsonObject): string {
  if (response.status === 'incomplete') {
    const { incomplete_details: details } = response
    const reason = isJsonObject(details) ? textOf(details.reason) : null
    // A reason that is not known is a limit of some kind: nothing says that the answer is whole.
    return (reason !== null && Object.hasOwn(INCOMPLETE, reason) && INCOMPLETE[reason]) || 'length'
  }
  return listField(message.tool_calls).length > 0 ? 'tool_calls' : 'stop'
}

function messageOf(items: readonly JsonObject[]): JsonObject {
  const parts = partsOf(items)
  const texts = parts.flatMap((part) => (isText(part) ? [textOf(part.text) ?? ''] : []))
  const refusals = parts.flatMap((part) => textOf(part.refusal) ?? [])
  const reasoning = items.filter(({ type }) => type === 'reasoning').map(thoughtOf)
  const thoughts = reasoning.filter((text) => text !== '').join('\n')
  return {
    role: 'assistant',
    content: texts.length > 0 ? texts.join('') : null,
    refusal: refusals.length > 0 ? refusals.join('') : null,
    ...(thoughts !== '' && { reasoning_content: thoughts }),
    annotations: annotationsOf(parts),
    tool_calls: items.flatMap(callOf),
    images: items.filter(({ type }) => type === 'image_generation_call'),
  }
}

const partsOf = (items: readonly JsonObject[]): readonly JsonObject[] =>
  items.filter(({ type }) => type === 'message').flatMap(({ content }) => partsIn(content))

function partsIn(content: JsonValue | undefined): readonly JsonObject[] {
  if (typeof content === 'string') return [{ type: 'output_text', text: content }]
  return listField(content).filter(isJsonObject)
}

const isText = ({ type }: JsonObject): boolean => type === 'output_text' || type === 'text'

/** The reasoning itself where the server shows it, else its summary. */
function thoughtOf({ content, summary }: JsonObject): string {
  const told = (list: JsonValue | undefined) =>
    partsIn(list).flatMap((part) => textOf(part.text) ?? [])
  const whole = told(content)
  return (whole.length > 0 ? whole : told(summary)).join('\n')
}

function callOf(item: JsonObject): readonly JsonObject[] {
  const id = item.call_id ?? item.id ?? null
  const name = item.name ?? null
  if (item.type === 'function_call') {
    return [{ id, type: 'function', function: { name, arguments: item.arguments ?? '' } }]
  }
  if (item.type === 'custom_tool_call') {
    return [{ id, type: 'custom', custom: { name, input: item.input ?? '' } }]
  }
  return []
}

/** Citations stand flat here, and below their type in chat; their places count from the part they stand in. */
function annotationsOf(parts: readonly JsonObject[]): JsonArray {
  let offset = 0
  return parts.flatMap((part): readonly JsonObject[] => {
    const before = offset
    offset += textOf(part.text)?.length ?? 0
    return listField(part.annotations)
      .filter(isJsonObject)
      .map(({ type, ...rest }) => {
        if (type !== 'url_citation') return { type: type ?? null, ...rest }
        const { start_index: start, end_index: end } = rest
        const moved = {
          ...(typeof start === 'number' && { start_index: start + before }),
          ...(typeof end === 'number' && { end_index: end + before }),
        }
        return { type, url_citation: { ...rest, ...moved } }
      })
  })
}

function logprobsOf(items: readonly JsonObject[]): JsonObject | null {
  const tokens = partsOf(items).flatMap((part) => listField(part.logprobs))
  return tokens.length > 0 ? { content: tokens } : null
}
