/** The error envelope of the Messages contract. Pure; it says only what a `GatewayError` makes public. */
import type { GatewayError } from '../../errors.ts'
import type { JsonObject } from '../../lib/json.ts'
import { dotted } from './names.ts'

/** By status; what stands for none of them is the server's own trouble above 499 and the request's below. */
const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

const OVERLOADED = 529

/** The status by which this contract's clients know that a server is overloaded, and ask again in a while. */
export function messagesStatus({ code, status }: GatewayError): number {
  return code === 'overloaded' || code === 'upstream_overloaded' ? OVERLOADED : status
}

/** `{type: 'error', error: {type, message}, request_id}`, as a body or as the last event of a stream. */
export function messagesErrorBody(error: GatewayError, requestId: string): JsonObject {
  const status = messagesStatus(error)
  const type = TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error')
  return { type: 'error', error: { type, message: messageOf(error) }, request_id: requestId }
}

/** What is at fault has no field of its own here: its path stands in the words, where it does not yet. */
function messageOf({ message, param }: GatewayError): string {
  const place = param === null ? '' : dotted(param)
  return message.includes(place) ? message : `${place}: ${message}`
}
