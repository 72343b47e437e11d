/**
 * The errors a client can meet: one closed union of codes and the one table from code to status, type and message.
 * Messages here are public and constant; what really happened stays in records and spans.
 */

export type ErrorCode = keyof typeof ERRORS

type ErrorEntry = {
  readonly status: number
  /** OpenAI's `type` word. */
  readonly type: string
  readonly message: string
}

export const ERRORS = {
  invalid_request: {
    status: 400,
    type: 'invalid_request_error',
    message: 'The request is not valid',
  },
  unsupported_parameter: {
    status: 400,
    type: 'invalid_request_error',
    message: 'The request uses a parameter this gateway does not support',
  },
  invalid_api_key: {
    status: 401,
    type: 'authentication_error',
    message: 'The API key is missing or not valid',
  },
  insufficient_scope: {
    status: 403,
    type: 'permission_error',
    message: 'The credentials do not allow this',
  },
  /** A browser asks for a page that the operator has not named, or by a name that is not this gateway's. */
  origin_not_allowed: {
    status: 403,
    type: 'permission_error',
    message: 'Pages of this origin may not ask: the operator has to name it in CORS_ORIGINS',
  },
  policy_not_found: {
    status: 404,
    type: 'invalid_request_error',
    message: 'No such policy is active for this key',
  },
  not_found: { status: 404, type: 'invalid_request_error', message: 'No such route or object' },
  request_too_large: {
    status: 413,
    type: 'invalid_request_error',
    message: 'The request body is too large',
  },
  /** The client has gone; nobody reads it, but it is counted. */
  client_closed: {
    status: 499,
    type: 'invalid_request_error',
    message: 'The client closed the request',
  },
  rate_limited: { status: 429, type: 'rate_limit_error', message: 'Too many requests' },
  /** What it took is told where it is known. */
  context_length_exceeded: {
    status: 400,
    type: 'invalid_request_error',
    message: 'The conversation is longer than the model can read',
  },
  state_lost: {
    status: 400,
    type: 'invalid_request_error',
    message:
      'What the model server wants back of an earlier turn is gone. Start that turn anew: send the conversation up to the last words of the user, without the tool calls and results after them',
  },
  content_filter: {
    status: 400,
    type: 'invalid_request_error',
    message: "The model server's own filter did not let the request through",
  },
  model_not_found: {
    status: 404,
    type: 'invalid_request_error',
    message: 'The model server has no such model',
  },
  insufficient_quota: {
    status: 429,
    type: 'insufficient_quota',
    message: "The gateway's account with the model server is spent",
  },
  /** Any other 4xx of the upstream: its status, and its code where that is one of the contract's. */
  upstream_rejected: {
    status: 400,
    type: 'invalid_request_error',
    message: 'The model server did not accept the request',
  },
  upstream_overloaded: {
    status: 503,
    type: 'api_error',
    message: 'The model server has more to do than it can take',
  },
  upstream_error: { status: 502, type: 'api_error', message: 'The model server failed' },
  judge_unavailable: {
    status: 503,
    type: 'api_error',
    message: 'The answer could not be checked, so it was not released',
  },
  storage_unavailable: {
    status: 503,
    type: 'api_error',
    message: 'The exchange could not be recorded, so the answer was not released',
  },
  overloaded: {
    status: 503,
    type: 'api_error',
    message: 'The gateway holds as many requests as it can: ask again in a moment',
  },
  upstream_timeout: { status: 504, type: 'api_error', message: 'The model server took too long' },
  deadline_exceeded: {
    status: 504,
    type: 'api_error',
    message: 'The request took longer than it may',
  },
  not_implemented: {
    status: 501,
    type: 'api_error',
    message: 'This endpoint is not implemented by this gateway',
  },
  internal_error: { status: 500, type: 'api_error', message: 'The gateway failed' },
} as const satisfies Record<string, ErrorEntry>

export type GatewayErrorOptions = {
  /** The request's parameter or field that is at fault, as a path like `messages[2].role`. */
  readonly param?: string | null
  /** Replaces the constant message: only text written in this program, about the client's own input. */
  readonly message?: string
  /** For `upstream_rejected`: the upstream's status. */
  readonly status?: number
  /** In place of the code: another word of the contract for it. */
  readonly wireCode?: string | null
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

/** The only exception that becomes a client error; everything else is `internal_error`. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly code: ErrorCode
  readonly status: number
  readonly type: string
  /** The `code` field on the wire. */
  readonly wireCode: string
  readonly param: string | null
  readonly headers: Readonly<Record<string, string>>

  constructor(code: ErrorCode, options: GatewayErrorOptions = {}) {
    const entry = ERRORS[code]
    super(options.message ?? entry.message, { cause: options.cause })
    this.code = code
    this.status = options.status ?? entry.status
    this.type = entry.type
    this.wireCode = options.wireCode ?? code
    this.param = options.param ?? null
    this.headers = options.headers ?? {}
  }
}
