/**
 * Reads the body of `POST /v1/chat/completions`: known fields strict in type and range, all others kept. Pure.
 * The body itself is kept verbatim; nothing here may change, add or drop a field of it.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import type { RequestFault } from './door.ts'
import { checksOf, firstFault } from './first-fault.ts'
import { PARAMETERS } from './parameters.ts'

export type ChatRequest = {
  readonly model: string
  /** Checked: every one has a known role and well-formed content and tool calls. */
  readonly messages: readonly JsonObject[]
  readonly stream: boolean
  /** `stream_options.include_usage`. */
  readonly includeUsage: boolean
  /** `stream_options.include_obfuscation`, where the client asked for it by name. */
  readonly obfuscate: boolean
  /** The whole body, as it was sent. */
  readonly body: JsonObject
}

const REQUIRED = ['model', 'messages'] as const

const CHECKS = checksOf(PARAMETERS)

/** Checks a parsed body; the first fault found is the one that is told. */
export function readChatRequest(body: JsonValue): Result<ChatRequest, RequestFault> {
  if (!isJsonObject(body)) {
    return fail({ param: null, message: 'Send a JSON object with model and messages' })
  }
  const fault = firstFault(body, REQUIRED, CHECKS)
  if (fault) return fail(fault)
  const options = isJsonObject(body.stream_options) ? body.stream_options : {}
  return succeed({
    // Both were checked above; the compiler cannot follow a table.
    model: body.model as string,
    messages: body.messages as readonly JsonObject[],
    stream: body.stream === true,
    includeUsage: options.include_usage === true,
    obfuscate: options.include_obfuscation === true,
    body,
  })
}
