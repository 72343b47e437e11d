/**
 * The table of chat parameters: what becomes of each, why, and what it must look like. Data; no I/O.
 * A parameter that is not here is forwarded verbatim. Nothing may be dropped in silence: what cannot be honoured while
 * answers are held and judged is `refused`, and says so before anything is spent.
 */

import { checkMessage } from './chat-messages.ts'
import {
  type FieldCheck,
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
} from './checks.ts'
import { checkLogitBias, checkMetadata, checkTool } from './structures.ts'

/**
 * - `forwarded`: sent upstream verbatim.
 * - `bounded`: bounds the visible answer; the heart adds the budget of the reasoning.
 * - `consumed`: honoured by the gateway itself.
 * - `hosted`: starts a tool that the provider runs; refused unless the policy lists that tool.
 * - `refused`: refused when it is set to anything but null, false or an empty list.
 */
export type Fate = 'forwarded' | 'bounded' | 'consumed' | 'hosted' | 'refused'

export type Parameter = {
  readonly fate: Fate
  /** For `refused` and `hosted` this is told to the client; else it is a note to the reader. */
  readonly reason: string
  readonly check?: FieldCheck
  /** The name by which a policy's `hostedTools` allows it. */
  readonly tool?: string
}

const forwarded = (
  check: FieldCheck,
  reason = 'sampling and transport are the upstream’s',
): Parameter => ({
  fate: 'forwarded',
  reason,
  check,
})
const refused = (reason: string): Parameter => ({ fate: 'refused', reason })

const tokens = integerWithin(1, Number.MAX_SAFE_INTEGER)

const VISIBLE = 'bounds the visible answer; the hidden reasoning has its own budget'
const HIDDEN_PROMPT = 'it would return the hidden part of the prompt'
const LOST_INSTRUCTIONS = 'it could drop the instructions that answers are checked against'
const UNSEEN = 'nobody could check an answer against what it brings into the conversation'
const OUTSIDE = 'its results come in fields outside the contract, which are never released'

const SEARCH: Parameter = {
  fate: 'hosted',
  tool: 'web_search',
  reason: 'the provider would search the web before the draft can be checked',
}

/** By name; `Object.hasOwn` before reading, since names come from clients. */
export const PARAMETERS: Readonly<Record<string, Parameter>> = {
  model: { fate: 'consumed', reason: 'names the model to draft with', check: isFilledText },
  messages: {
    fate: 'consumed',
    reason: 'the conversation',
    check: listOf(checkMessage, { atLeast: 1 }),
  },
  n: { fate: 'consumed', reason: 'each choice is decided alone', check: integerWithin(1, 128) },
  stream: { fate: 'consumed', reason: 'the answer is held, then streamed', check: isSwitch },
  stream_options: {
    fate: 'consumed',
    reason: 'usage chunk and padding are written here',
    check: objectWith({}, { include_usage: isSwitch, include_obfuscation: isSwitch }),
  },
  max_tokens: { fate: 'bounded', reason: VISIBLE, check: tokens },
  max_completion_tokens: { fate: 'bounded', reason: VISIBLE, check: tokens },

  temperature: forwarded(numberWithin(0, 2)),
  top_p: forwarded(numberWithin(0, 1)),
  frequency_penalty: forwarded(numberWithin(-2, 2)),
  presence_penalty: forwarded(numberWithin(-2, 2)),
  logit_bias: forwarded(checkLogitBias),
  seed: forwarded(integerWithin(-(2 ** 63), 2 ** 63)),
  stop: forwarded(
    textOr(isText, listOf(isText, { atMost: 4 })),
    'would cut hidden reasoning too, so it decides the strategy',
  ),
  logprobs: forwarded(isSwitch, 'released only where they cover the visible text'),
  top_logprobs: forwarded(integerWithin(0, 20), 'released only where they cover the visible text'),
  response_format: forwarded(
    objectWith({ type: isText }, { json_schema: objectWith({ name: isText }) }),
    'decides the strategy; refusals then come as refusals',
  ),
  tools: forwarded(
    listOf(checkTool),
    'calls are judged like text; hosted ones are looked at apart',
  ),
  tool_choice: forwarded(textOr(isText, isObject), 'words beyond the contract are the upstream’s'),
  parallel_tool_calls: forwarded(isSwitch),
  functions: forwarded(listOf(objectWith({ name: isText })), 'the older form of tools'),
  function_call: forwarded(textOr(isText, objectWith({ name: isText })), 'the older tool_choice'),
  modalities: forwarded(listOf(oneOf(['text', 'audio'])), 'audio decides the strategy'),
  audio: forwarded(
    objectWith({ voice: textOr(isText, isObject), format: isText }),
    'decides the strategy',
  ),
  prediction: forwarded(objectWith({ type: isText }), 'a hint on speed; it changes no answer'),
  reasoning_effort: forwarded(isText, 'how long the model deliberates'),
  verbosity: forwarded(isText),
  service_tier: forwarded(isText),
  user: forwarded(isText, 'also the source of a transcript’s subject'),
  safety_identifier: forwarded(textUpTo(64), 'also the source of a transcript’s subject'),
  metadata: forwarded(checkMetadata),
  // The vendor sees the injected prompt whether it stores it or not, under the operator’s account; no route of the
  // gateway reads stored completions, and the ids differ. `false` also bars harvest and conversation state.
  store: forwarded(isSwitch, 'retention at the upstream; false also bars harvest'),
  prompt_cache_key: forwarded(isText),
  prompt_cache_retention: forwarded(isText),
  prompt_cache_options: forwarded(isObject),

  continue_final_message: forwarded(isSwitch, 'for an answer that the client has begun'),
  add_generation_prompt: forwarded(isSwitch, 'for an answer that the client has begun'),

  web_search_options: { ...SEARCH, check: isObject },
  search_parameters: SEARCH,
  search_settings: SEARCH,
  enable_search: SEARCH,
  mcp_servers: {
    fate: 'hosted',
    tool: 'mcp',
    reason: 'the provider would run them before the draft can be checked',
  },
  plugins: {
    fate: 'hosted',
    tool: 'plugins',
    reason: 'the provider would run them before the draft can be checked',
  },

  container: {
    fate: 'hosted',
    tool: 'code_execution',
    reason: 'the provider would run it before the draft can be checked',
  },

  // Words of other contracts, which servers of those would take as they come.
  instructions: refused('send them as a message of the role system'),
  system: refused('send it as a message of the role system'),
  conversation: refused(UNSEEN),
  previous_response_id: refused(UNSEEN),
  prompt: refused(UNSEEN),
  context_management: refused(LOST_INSTRUCTIONS),
  truncation: refused(LOST_INSTRUCTIONS),

  moderation: refused(OUTSIDE),
  background: refused('an answer is held on its own connection until it is checked'),
  echo: refused(HIDDEN_PROMPT),
  prompt_logprobs: refused(HIDDEN_PROMPT),
  return_token_ids: refused(HIDDEN_PROMPT),
  chat_template: refused(LOST_INSTRUCTIONS),
  transforms: refused(LOST_INSTRUCTIONS),
  truncate_prompt_tokens: refused(LOST_INSTRUCTIONS),
  return_images: refused(OUTSIDE),
  return_related_questions: refused(OUTSIDE),
}
