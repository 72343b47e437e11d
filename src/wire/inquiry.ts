/**
 * From a chat request to the neutral inquiry of the heart, with a refusal for what cannot be honoured. Pure.
 * Every parameter is forwarded, bounded, consumed or refused by the table in `parameters.ts`; none is dropped in silence.
 */

import { STRUCTURING } from '../conversation/answer-parameters.ts'
import type { Inquiry } from '../conversation/outcome.ts'
import { isJsonObject, type JsonObject, type JsonValue, numberOf } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import type { ChatRequest } from './chat-request.ts'
import { turnFromMessage } from './chat-turns.ts'
import { badContinuation } from './continuation.ts'
import type { AskOptions, RequestFault } from './door.ts'
import { forgedReasoning } from './forged-reasoning.ts'
import { PARAMETERS } from './parameters.ts'

/** Tool types that the client runs itself, after the call was judged. */
const CLIENT_TOOLS: readonly JsonValue[] = ['function', 'custom']

const LIMITS = ['max_completion_tokens', 'max_tokens'] as const

/**
 * Reads a request into an inquiry. A fault is an `unsupported_parameter`.
 * In `shadow` it refuses as in `enforce`, since a hosted tool must not run a second time behind the relay; in `off`
 * nothing is refused.
 */
export function inquiryFromChat(
  request: ChatRequest,
  { mode, hostedTools = [] }: AskOptions,
): Result<Inquiry, RequestFault> {
  const { body } = request
  const fault = mode === 'off' ? null : findUnsupported(request, hostedTools)
  if (fault) return fail(fault)
  const [limit = null] = LIMITS.flatMap((parameter) => {
    const tokens = numberOf(body[parameter])
    return tokens === null ? [] : [{ tokens, parameter }]
  })
  return succeed({
    model: request.model,
    turns: request.messages.map(turnFromMessage),
    choices: numberOf(body.n) ?? 1,
    limit,
    parameters: forwardedParameters(body),
    order: Object.keys(body),
    stream: request.stream,
    demands: readDemands(body),
  })
}

function forwardedParameters(body: JsonObject): JsonObject {
  const forwarded = Object.entries(body).filter(([name]) => {
    const fate = parameterOf(name)?.fate
    return fate !== 'consumed' && fate !== 'bounded'
  })
  const options = unknownStreamOptions(body.stream_options)
  return Object.fromEntries(options ? [...forwarded, ['stream_options', options]] : forwarded)
}

/** The options of a stream that this gateway does not answer itself; the upstream may know them. */
function unknownStreamOptions(options: JsonValue | undefined): JsonObject | null {
  if (!isJsonObject(options)) return null
  const { include_usage: _usage, include_obfuscation: _obfuscation, ...others } = options
  return Object.keys(others).length > 0 ? others : null
}

/** What parameters by the names of chat would bend of a tagged draft. */
export function readDemands(body: JsonObject): Inquiry['demands'] {
  const format = isJsonObject(body.response_format) ? body.response_format.type : undefined
  return {
    structured:
      (format !== undefined && format !== 'text') ||
      STRUCTURING.some((name) => isAsked(body[name])),
    logprobs: body.logprobs === true || isAsked(body.top_logprobs),
    stop: isAsked(body.stop) || isAsked(body.stop_token_ids),
    audio:
      isJsonObject(body.audio) ||
      (Array.isArray(body.modalities) && body.modalities.includes('audio')),
    tools: isAsked(body.tools) || isAsked(body.functions),
  }
}

function findUnsupported(
  request: ChatRequest,
  hostedTools: readonly string[],
): RequestFault | null {
  const { body, messages } = request
  for (const [name, value] of Object.entries(body)) {
    const parameter = parameterOf(name)
    if (!parameter || (parameter.fate !== 'refused' && parameter.fate !== 'hosted')) continue
    if (!isAsked(value) || (parameter.tool && hostedTools.includes(parameter.tool))) continue
    return { param: name, message: `Leave ${name} out: ${parameter.reason}` }
  }
  if (LIMITS.every((name) => numberOf(body[name]) !== null)) {
    return {
      param: 'max_tokens',
      message: 'Leave max_tokens out: max_completion_tokens is set, and only one bound can hold',
    }
  }
  const hosted = findHostedTool(body.tools, hostedTools)
  return hosted ?? forgedReasoning(messages) ?? badContinuation(request)
}

function findHostedTool(
  tools: JsonValue | undefined,
  hostedTools: readonly string[],
): RequestFault | null {
  if (!Array.isArray(tools)) return null
  for (const [index, tool] of tools.entries()) {
    const type: JsonValue = isJsonObject(tool) ? (tool.type ?? 'function') : 'function'
    if (CLIENT_TOOLS.includes(type) || hostedTools.some((allowed) => allowed === type)) continue
    return {
      param: `tools[${index}].type`,
      message: `Leave tools[${index}] out: the provider would run it before the draft can be checked, and the policy does not list it`,
    }
  }
  return null
}

/** True for what asks for something: set, and neither off nor empty. `{}` asks (`web_search_options: {}`). */
export function isAsked(value: JsonValue | undefined): boolean {
  return (
    value !== undefined &&
    value !== null &&
    value !== false &&
    value !== '' &&
    !(Array.isArray(value) && value.length === 0)
  )
}

function parameterOf(name: string) {
  return Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined
}
