/**
 * Reads the body of `POST /v1/responses`: known fields strict in type and range, all others kept. Pure.
 * The body itself is kept verbatim; nothing here may change, add or drop a field of it.
 */
import { isJsonObject, type JsonArray, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import type { RequestFault } from '../door.ts'
import { checksOf, firstFault } from '../first-fault.ts'
import { PARAMETERS } from '../parameters.ts'
import { RESPONSES_PARAMETERS } from './parameters.ts'

export type ResponsesRequest = {
  readonly model: string
  /** Checked: every known item is well-formed. A string stands for what a user says. */
  readonly input: readonly JsonObject[]
  readonly stream: boolean
  /** `stream_options.include_obfuscation`, where the client asked for it by name. */
  readonly obfuscate: boolean
  /** The whole body, as it was sent. */
  readonly body: JsonObject
}

const REQUIRED = ['model', 'input'] as const

const CHECKS = checksOf({ ...PARAMETERS, ...RESPONSES_PARAMETERS })

/** Checks a parsed body; the first fault found is the one that is told. */
export function readResponsesRequest(body: JsonValue): Result<ResponsesRequest, RequestFault> {
  if (!isJsonObject(body)) {
    return fail({ param: null, message: 'Send a JSON object with model and input' })
  }
  const fault = firstFault(body, REQUIRED, CHECKS)
  if (fault) return fail(fault)
  const options = isJsonObject(body.stream_options) ? body.stream_options : {}
  return succeed({
    model: body.model as string,
    input: inputItems(body.input as string | JsonArray),
    stream: body.stream === true,
    obfuscate: options.include_obfuscation === true,
    body,
  })
}

/** The items of a checked input. */
export function inputItems(input: string | JsonArray): readonly JsonObject[] {
  if (typeof input !== 'string') return input as readonly JsonObject[]
  return [{ type: 'message', role: 'user', content: input }]
}
