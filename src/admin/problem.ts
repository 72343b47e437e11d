/**
 * Errors of the admin surface as problem details (RFC 9457), each with a code out of a closed list. No I/O.
 * Texts are public; causes stay inside.
 */

import type { ErrorCode, GatewayError } from '../errors.ts'
import type { EXPORT_REFUSALS } from '../harvest/export/serving/export-request.ts'
import type { AdmissionProblem, PolicyState } from '../revisions/registry.ts'

export const PROBLEMS = {
  invalid_request: { status: 400, title: 'Bad request' },
  not_authenticated: { status: 401, title: 'Not authenticated' },
  insufficient_scope: { status: 403, title: 'Not allowed' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  conflict: { status: 409, title: 'Conflict' },
  precondition_failed: { status: 412, title: 'Changed since' },
  request_too_large: { status: 413, title: 'Too large' },
  revision_rejected: { status: 422, title: 'Revision rejected' },
  precondition_required: { status: 428, title: 'If-Match missing' },
  rate_limited: { status: 429, title: 'Too many requests' },
  internal_error: { status: 500, title: 'Internal error' },
  unavailable: { status: 503, title: 'Unavailable' },
} as const

export type ProblemCode = keyof typeof PROBLEMS

export const PROBLEM_CODES = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]

export const FIELD_CODES = ['field_unknown', 'field_missing', 'field_invalid'] as const

/** What is wrong with one field of the body, or with one parameter of the query. */
export type FieldProblem = {
  readonly code: (typeof FIELD_CODES)[number]
  readonly message: string
  /** A JSON pointer (RFC 6901) into the body. */
  readonly pointer?: string
  readonly parameter?: string
}

/** What some problems tell besides. */
export type ProblemMembers = {
  readonly problems?: readonly (FieldProblem | AdmissionProblem)[]
  /** The state as somebody else has made it. */
  readonly current?: PolicyState & { readonly etag: string }
  /** Under which id the revision was kept as rejected. */
  readonly rejection?: string | null
  /** Why an export was refused. */
  readonly reason?: (typeof EXPORT_REFUSALS)[number]
}

type Options = {
  readonly members?: ProblemMembers
  readonly headers?: Readonly<Record<string, string>>
}

/** The only exception that becomes a problem of the caller's. */
export class AdminProblem extends Error {
  override readonly name = 'AdminProblem'
  readonly code: ProblemCode
  readonly members: ProblemMembers
  readonly headers: Readonly<Record<string, string>>

  constructor(code: ProblemCode, detail: string, { members = {}, headers = {} }: Options = {}) {
    super(detail)
    this.code = code
    this.members = members
    this.headers = headers
  }
}

const FROM_GATEWAY: Partial<Readonly<Record<ErrorCode, ProblemCode>>> = {
  invalid_request: 'invalid_request',
  origin_not_allowed: 'insufficient_scope',
  rate_limited: 'rate_limited',
  not_found: 'not_found',
  request_too_large: 'request_too_large',
  storage_unavailable: 'unavailable',
  overloaded: 'unavailable',
}

/** What an error that apps can meet as well is here. */
export function toAdminProblem({ code, message, headers }: GatewayError): AdminProblem {
  return new AdminProblem(FROM_GATEWAY[code] ?? 'internal_error', message, { headers })
}

export function problemResponse(problem: AdminProblem, requestId: string): Response {
  const { code, message: detail, members, headers } = problem
  const { status, title } = PROBLEMS[code]
  const body = { type: 'about:blank', title, status, code, detail, requestId, ...members }
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-request-id': requestId,
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
      ...headers,
    },
  })
}
