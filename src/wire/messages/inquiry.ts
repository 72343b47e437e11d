/**
 * From a request of the Messages contract to the neutral inquiry of the heart, with a refusal for what cannot be honoured. Pure.
 * Parameters go on under their names in chat where they have one there, and as they are where they have none.
 */
import type { Inquiry } from '../../conversation/outcome.ts'
import { isJsonObject, type JsonObject, type JsonValue, numberOf } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import type { AskOptions, RequestFault } from '../door.ts'
import { isAsked, readDemands } from '../inquiry.ts'
import { MESSAGES_PARAMETERS } from './parameters.ts'
import { setMembers } from './parts.ts'
import type { MessagesRequest } from './request.ts'
import { chatFormat, chatToolChoice, chatTools } from './tools.ts'
import { turnsOfMessages } from './turns.ts'
import { findUnsupportedMessage } from './unsupported.ts'

/** Reads a request into an inquiry. A fault is an `unsupported_parameter`; in `off` there is none. */
export function inquiryFromMessages(
  request: MessagesRequest,
  { mode, hostedTools = [] }: AskOptions,
): Result<Inquiry, RequestFault> {
  const { body, messages, model, stream } = request
  const fault = mode === 'off' ? null : findUnsupportedMessage(request, hostedTools)
  if (fault) return fail(fault)
  const tokens = numberOf(body.max_tokens)
  const parameters = chatParameters(body)
  return succeed({
    model,
    turns: turnsOfMessages(body.system, messages),
    choices: 1,
    // Without a name: newer servers of chat call it otherwise, and the upstream’s is the one that counts.
    limit: tokens === null ? null : { tokens, parameter: null },
    parameters,
    asides: ASIDES,
    stream,
    demands: readDemands(parameters),
  })
}

/** What chat has no word for, and what is as true without it. */
const ASIDES = [
  'cache_control',
  'caller',
  'context_management',
  'defer_loading',
  'diagnostics',
  'eager_input_streaming',
  'input_examples',
  'is_error',
  'reasoning_effort',
  'speed',
  'thinking',
]

/** Whether the client asks to be given what it is to carry. */
export function asksToThink({ thinking }: JsonObject): boolean {
  return isJsonObject(thinking) && thinking.type !== 'disabled'
}

function chatParameters(body: JsonObject): JsonObject {
  const forwarded = Object.entries(setMembers(body)).filter(([name]) => {
    const fate = Object.hasOwn(MESSAGES_PARAMETERS, name)
      ? MESSAGES_PARAMETERS[name]?.fate
      : undefined
    return fate !== 'consumed' && fate !== 'bounded'
  })
  const { stop_sequences: stop, tools } = body
  return {
    ...Object.fromEntries(forwarded),
    ...(isAsked(stop) && { stop: stop ?? null }),
    ...(Array.isArray(tools) && { tools: chatTools(tools) }),
    ...chatToolChoice(body.tool_choice),
    ...userParameters(body.metadata),
    ...outputParameters(body),
    ...(typeof body.service_tier === 'string' && { service_tier: tierOf(body.service_tier) }),
  }
}

const tierOf = (word: string): string => (word === 'standard_only' ? 'default' : word)

function userParameters(metadata: JsonValue | undefined): JsonObject {
  if (!isJsonObject(metadata)) return {}
  const { user_id: user, ...rest } = setMembers(metadata)
  return {
    ...(user !== undefined && { user }),
    ...(Object.keys(rest).length > 0 && { metadata: rest }),
  }
}

function outputParameters({
  output_config: config,
  output_format: format,
}: JsonObject): JsonObject {
  const { effort, format: newer, ...rest } = isJsonObject(config) ? setMembers(config) : {}
  return {
    ...chatFormat(newer ?? format),
    ...(effort !== undefined && { reasoning_effort: effort }),
    ...(Object.keys(rest).length > 0 && { output_config: rest }),
  }
}
