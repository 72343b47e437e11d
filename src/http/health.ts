/**
 * `/healthz`: the program is alive. `/readyz`: a verified bundle is loaded; still ready while spooling, and while the last
 * good bundles serve. No I/O.
 */

export type Readiness = {
  /** Of everything that serves; empty means not ready. */
  readonly policies: readonly {
    readonly id: string
    readonly digest: string
    readonly revision: number
    readonly state: 'live' | 'cached'
    readonly problem: string | null
    readonly ageMs: number
  }[]
  /** Transcripts waiting in the spool. */
  readonly spooled: number
}

export function healthResponse(): Response {
  return reply(200, { status: 'ok' })
}

export function readinessResponse({ policies, spooled }: Readiness): Response {
  const ready = policies.length > 0
  return reply(ready ? 200 : 503, {
    status: ready ? 'ready' : 'not_ready',
    policies: policies.map(({ id, digest }) => `${id}@${digest}`),
    spooled,
    state: policies.some(({ state }) => state === 'cached') ? 'cached' : 'live',
    revisions: policies.map(({ id, revision, state, problem, ageMs }) => ({
      policy: id,
      revision,
      state,
      problem,
      ageSeconds: Math.round(ageMs / 1_000),
    })),
  })
}

function reply(status: number, body: object): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  })
}
