/** Errors of the admin surface as problem details (RFC 9457). Texts are public; causes stay inside. No I/O. */

const TITLES = {
  400: 'Bad request',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Conflict',
  413: 'Too large',
  500: 'Internal error',
  503: 'Unavailable',
} as const

type ProblemStatus = keyof typeof TITLES

export function isProblemStatus(status: number): status is ProblemStatus {
  return Object.hasOwn(TITLES, status)
}

/** The only exception that becomes a problem of the caller's. */
export class AdminProblem extends Error {
  override readonly name = 'AdminProblem'
  readonly status: ProblemStatus

  constructor(status: ProblemStatus, detail: string) {
    super(detail)
    this.status = status
  }
}

export function problemResponse(
  status: ProblemStatus,
  detail: string,
  requestId: string,
): Response {
  const body = { type: 'about:blank', title: TITLES[status], status, detail, requestId }
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-request-id': requestId,
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    },
  })
}
