/** The error envelope of the OpenAI contract. Pure; it says only what a `GatewayError` makes public. */
import type { GatewayError } from '../errors.ts'
import type { JsonObject } from '../lib/json.ts'

/** `{error: {message, type, param, code}}`, as a body or as the last event of a stream. */
export function errorBody(error: GatewayError): JsonObject {
  return {
    error: {
      message: error.message,
      type: error.type,
      param: error.param,
      code: error.wireCode,
    },
  }
}
