/**
 * The table of Responses parameters: what becomes of each, why, and what it must look like. Data; no I/O.
 * A parameter that is not here is what it is in chat, by that table, and verbatim where that has none either. Nothing may be
 * dropped in silence.
 */

import { isJsonObject } from '../../lib/json.ts'
import {
  type FieldCheck,
  fieldFlaw,
  flaw,
  integerWithin,
  isFilledText,
  isObject,
  isSwitch,
  isText,
  listOf,
  objectWith,
  oneOf,
  textOr,
} from '../checks.ts'
import type { Parameter } from '../parameters.ts'
import { checkMetadata } from '../structures.ts'
import { checkItem } from './items.ts'

/**
 * Beside the fates of chat parameters, `translated`: it reaches the model in the form that chat has for it
 * (`chat-parameters.ts`, `conversation.ts`).
 */
export type ResponsesParameter = Omit<Parameter, 'fate' | 'tool'> & {
  readonly fate: 'translated' | Exclude<Parameter['fate'], 'hosted'>
}

const translated = (check: FieldCheck, reason: string): ResponsesParameter => ({
  fate: 'translated',
  reason,
  check,
})
const consumed = (check: FieldCheck, reason: string): ResponsesParameter => ({
  fate: 'consumed',
  reason,
  check,
})
const refused = (check: FieldCheck, reason: string): ResponsesParameter => ({
  fate: 'refused',
  reason,
  check,
})
/** A name of the chat contract: forwarded, it would be taken for what is made of this request. */
const elsewhere = (reason: string): ResponsesParameter => ({ fate: 'refused', reason })

const isNamedTool = objectWith(
  { name: isFilledText },
  { parameters: isObject, strict: isSwitch, description: isText },
)

/** A tool: `function`, `custom`, or one that a provider runs, which is decided against the policy. */
const checkFlatTool: FieldCheck = (value) => {
  if (!isJsonObject(value)) return flaw(value, 'a tool, an object with a type')
  if (typeof value.type !== 'string') return fieldFlaw(value, 'type', `'function' or 'custom'`)
  return value.type === 'function' || value.type === 'custom' ? isNamedTool(value) : null
}

const hasFormat = objectWith({ type: oneOf(['text', 'json_object', 'json_schema']) })
const isSchemaFormat = objectWith({ name: isFilledText, schema: isObject }, { strict: isSwitch })

const checkFormat: FieldCheck = (value) =>
  hasFormat(value) ??
  (isJsonObject(value) && value.type === 'json_schema' ? isSchemaFormat(value) : null)

/** By name; `Object.hasOwn` before reading, since names come from clients. */
export const RESPONSES_PARAMETERS: Readonly<Record<string, ResponsesParameter>> = {
  model: consumed(isFilledText, 'names the model to draft with'),
  input: translated(textOr(isText, listOf(checkItem, { atLeast: 1 })), 'the conversation'),
  instructions: translated(isText, 'the first turn of the conversation'),
  stream: consumed(isSwitch, 'the answer is held, then streamed'),
  stream_options: consumed(
    objectWith({}, { include_obfuscation: isSwitch }),
    'padding is written here',
  ),
  max_output_tokens: {
    fate: 'bounded',
    reason: 'bounds the visible answer; the hidden reasoning has its own budget',
    check: integerWithin(16, Number.MAX_SAFE_INTEGER),
  },
  tools: translated(listOf(checkFlatTool), 'chat has what a function is in a member of its own'),
  tool_choice: translated(
    textOr(oneOf(['none', 'auto', 'required']), objectWith({ type: isText })),
    'chat has the name of a tool in a member of its own',
  ),
  parallel_tool_calls: translated(isSwitch, 'chat takes it beside tools alone'),
  text: translated(
    objectWith({}, { format: checkFormat, verbosity: isText }),
    'response_format and verbosity in chat',
  ),
  reasoning: translated(
    objectWith({}, { effort: isText, summary: isText, generate_summary: isText }),
    'the effort is reasoning_effort in chat; summaries are never given',
  ),
  top_logprobs: translated(integerWithin(0, 20), 'chat wants logprobs beside it'),
  include: translated(listOf(isText), 'logprobs in chat; the gateway seals reasoning itself'),

  metadata: consumed(checkMetadata, 'belongs to the response, which repeats it'),
  // Vendors that keep what is asked by default are told where the client forbids it; what it allows is kept here.
  store: consumed(
    isSwitch,
    'whether the gateway keeps the response; false goes to the upstream too',
  ),
  max_tool_calls: consumed(
    integerWithin(0, Number.MAX_SAFE_INTEGER),
    'bounds the calls that a provider runs: forwarded beside such tools, else there are none',
  ),

  truncation: refused(
    oneOf(['auto', 'disabled']),
    'it could drop the instructions that answers are checked against',
  ),
  context_management: refused(
    listOf(isObject),
    'it could drop the instructions that answers are checked against',
  ),
  background: refused(isSwitch, 'an answer is held on its own connection until it is checked'),
  previous_response_id: translated(isText, 'what is kept of it stands before the input'),
  conversation: refused(
    textOr(isText, isObject),
    'go on from an earlier response with previous_response_id',
  ),
  prompt: refused(
    isObject,
    'the provider would fill it in, where nothing can be checked against it',
  ),
  moderation: refused(
    isObject,
    'its results come in fields outside the contract, which are never released',
  ),

  ...Object.fromEntries(
    Object.entries({
      messages: 'input',
      max_tokens: 'max_output_tokens',
      max_completion_tokens: 'max_output_tokens',
      response_format: 'text.format',
      verbosity: 'text.verbosity',
      reasoning_effort: 'reasoning.effort',
      functions: 'tools',
      function_call: 'tool_choice',
      logprobs: 'include',
    }).map(([name, here]) => [name, elsewhere(`${here} is what this contract calls it`)]),
  ),
  n: elsewhere('this contract has one answer to a request; /v1/chat/completions gives several'),
  audio: elsewhere('this contract has no form for sound; /v1/chat/completions has'),
  modalities: elsewhere('this contract has no form for sound; /v1/chat/completions has'),
}
