/**
 * The table of the parameters of the Messages contract: what becomes of each, why, and what it must look like. Data; no I/O.
 * A parameter that is not here is forwarded verbatim; `consumed` are those that go on under another name, too.
 */
import {
  integerWithin,
  isFilledText,
  isObject,
  isSwitch,
  isText,
  listOf,
  numberWithin,
  objectWith,
  oneOf,
  textOr,
  textUpTo,
} from '../checks.ts'
import type { Parameter } from '../parameters.ts'
import { checkConversationMessage, checkSystem } from './content-blocks.ts'
import { checkContextManagement, checkThinking, checkToolChoice } from './structures.ts'
import { checkMessagesTool } from './tools.ts'

const tokens = integerWithin(1, Number.MAX_SAFE_INTEGER)

const BEFORE = 'the provider would run it before the draft can be checked'

/** By name, in the order in which they are checked; `Object.hasOwn` before reading, since names come from clients. */
export const MESSAGES_PARAMETERS: Readonly<Record<string, Parameter>> = {
  model: { fate: 'consumed', reason: 'names the model to draft with', check: isFilledText },
  max_tokens: { fate: 'bounded', reason: 'bounds the visible answer', check: tokens },
  messages: {
    fate: 'consumed',
    reason: 'the conversation',
    check: listOf(checkConversationMessage, { atLeast: 1 }),
  },
  system: { fate: 'consumed', reason: 'its first turn', check: checkSystem },
  stream: { fate: 'consumed', reason: 'the answer is held, then streamed', check: isSwitch },

  tools: {
    fate: 'consumed',
    reason: 'tools, hosted ones looked at apart',
    check: listOf(checkMessagesTool),
  },
  tool_choice: {
    fate: 'consumed',
    reason: 'tool_choice and parallel_tool_calls',
    check: checkToolChoice,
  },
  stop_sequences: { fate: 'consumed', reason: 'stop', check: listOf(isFilledText) },
  metadata: {
    fate: 'consumed',
    reason: 'user, also the source of a transcript’s subject',
    check: objectWith({}, { user_id: textUpTo(512) }),
  },
  output_config: {
    fate: 'consumed',
    reason: 'response_format and reasoning_effort',
    check: objectWith(
      {},
      { effort: isText, format: objectWith({ type: isText, schema: isObject }) },
    ),
  },
  output_format: {
    fate: 'consumed',
    reason: 'response_format, as it was called before',
    check: objectWith({ type: isText, schema: isObject }),
  },
  service_tier: {
    fate: 'consumed',
    reason: 'the same words, but for the lowest',
    check: oneOf(['auto', 'standard_only']),
  },

  temperature: { fate: 'forwarded', reason: 'sampling', check: numberWithin(0, 1) },
  top_p: { fate: 'forwarded', reason: 'sampling', check: numberWithin(0, 1) },
  top_k: {
    fate: 'forwarded',
    reason: 'sampling',
    check: integerWithin(0, Number.MAX_SAFE_INTEGER),
  },
  thinking: {
    fate: 'forwarded',
    reason: 'how the model thinks, and whether the client carries what is sealed of it',
    check: checkThinking,
  },
  context_management: {
    fate: 'forwarded',
    reason: 'old results and thoughts may go, instructions may not',
    check: checkContextManagement,
  },
  inference_geo: { fate: 'forwarded', reason: 'where it is computed', check: isText },

  container: {
    fate: 'forwarded',
    reason: 'where hosted tools run; those that it brings along are looked at apart',
    check: textOr(isText, objectWith({}, { id: isText, skills: listOf(isObject) })),
  },
  mcp_servers: { fate: 'hosted', tool: 'mcp', reason: BEFORE, check: listOf(isObject) },
}
