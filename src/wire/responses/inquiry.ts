/**
 * From a Responses request to the neutral inquiry of the heart, with a refusal by name for what cannot be honoured. Pure.
 * What is the same in chat is decided by the rules of chat; what is left over here is decided by the table of this contract.
 */
import type { Inquiry } from '../../conversation/outcome.ts'
import { type JsonObject, type JsonValue, numberOf } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import type { AskOptions, RequestFault } from '../door.ts'
import { inquiryFromChat, isAsked } from '../inquiry.ts'
import { nameHere, parametersInChat, providerTools } from './chat-parameters.ts'
import { type Conversation, conversationOf } from './conversation.ts'
import { RESPONSES_PARAMETERS } from './parameters.ts'
import type { ResponsesRequest } from './read-request.ts'

export type AskedByItems = {
  readonly inquiry: Inquiry
  /** The client's own name for a parameter of the inquiry; null where it has sent none. */
  readonly nameOf: (param: string) => string | null
}

/** What can be included and needs nothing that is hidden, or is given sealed. */
const INCLUDABLE: readonly JsonValue[] = [
  'message.output_text.logprobs',
  'reasoning.encrypted_content',
  // What was sent is not repeated, so there is nothing to be left out of it.
  'message.input_image.image_url',
]

/** Tools that a client runs and that chat has no form for. */
const CLIENT_RUN: readonly JsonValue[] = [
  'apply_patch',
  'computer',
  'computer_use_preview',
  'local_shell',
  'namespace',
  'programmatic_tool_calling',
  'shell',
  'tool_search',
]

/** Reads a request into an inquiry. A fault is an `unsupported_parameter`. */
export function inquiryFromResponses(
  request: ResponsesRequest,
  options: AskOptions,
): Result<AskedByItems, RequestFault> {
  const { body, model, stream } = request
  const { instructions } = body
  const fault = options.mode === 'off' ? null : findUnsupported(body, options)
  if (fault) return fail(fault)
  const conversation = conversationOf(
    request.input,
    typeof instructions === 'string' ? instructions : null,
    options.earlier?.items,
  )
  if (!conversation.ok) return conversation
  const { messages, sources } = conversation.value
  const asked = { model, messages, stream, includeUsage: false, obfuscate: false }
  const inquiry = inquiryFromChat({ ...asked, body: parametersInChat(body, messages) }, options)
  const nameOf = (param: string) => nameHere(param, sources)
  if (!inquiry.ok) return fail(inquiry.failure)
  return succeed({ inquiry: withSealed(bounded(inquiry.value, body), conversation.value), nameOf })
}

/** Without a name: whichever the upstream takes. */
function bounded(inquiry: Inquiry, { max_output_tokens: most = null }: JsonObject): Inquiry {
  const tokens = numberOf(most)
  return tokens === null ? inquiry : { ...inquiry, limit: { tokens, parameter: null } }
}

function withSealed(inquiry: Inquiry, { sealed }: Conversation): Inquiry {
  if (sealed.every((tokens) => tokens.length === 0)) return inquiry
  const turns = inquiry.turns.map((turn, index) => {
    const tokens = sealed[index] ?? []
    return tokens.length > 0 ? { ...turn, sealed: tokens } : turn
  })
  return { ...inquiry, turns }
}

function findUnsupported(
  body: JsonObject,
  { hostedTools = [], earlier }: AskOptions,
): RequestFault | null {
  if (isAsked(body.previous_response_id) && !earlier) {
    return refuse(
      'previous_response_id',
      'nothing is kept of it here, so send the items themselves',
    )
  }
  for (const [name, value] of Object.entries(body)) {
    if (!Object.hasOwn(RESPONSES_PARAMETERS, name)) continue
    const parameter = RESPONSES_PARAMETERS[name]
    if (parameter?.fate !== 'refused' || !isAsked(value) || value === 'disabled') continue
    return refuse(name, parameter.reason)
  }
  return findInclude(body.include) ?? findClientRun(body, hostedTools)
}

function findInclude(include: JsonValue | undefined): RequestFault | null {
  if (!Array.isArray(include)) return null
  const index = include.findIndex((what: JsonValue) => !INCLUDABLE.includes(what))
  return index < 0
    ? null
    : refuse(`include[${index}]`, 'what tools of a provider return is never released')
}

function findClientRun(body: JsonObject, hostedTools: readonly string[]): RequestFault | null {
  const listed = (type: JsonValue | undefined) => hostedTools.some((allowed) => allowed === type)
  const tool = providerTools(body).find(
    ({ type }) => CLIENT_RUN.some((own) => own === type) && !listed(type),
  )
  if (!tool) return null
  const index = Array.isArray(body.tools) ? body.tools.indexOf(tool) : 0
  return refuse(
    `tools[${index}].type`,
    'a tool of this type has no form that can be checked here; write it as a function',
  )
}

function refuse(param: string, reason: string): RequestFault {
  return { param, message: `Leave ${param} out: ${reason}` }
}
