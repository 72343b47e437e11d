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

/** `sees` tells which policies may be named to who asks; null for a stranger, who is told states alone. */
export function readinessResponse(
  { policies, spooled }: Readiness,
  sees: ((policy: string) => boolean) | null,
): Response {
  const ready = policies.length > 0
  return reply(ready ? 200 : 503, {
    status: ready ? 'ready' : 'not_ready',
    spooled,
    state: policies.some(({ state }) => state === 'cached') ? 'cached' : 'live',
    ...(sees && describe(policies.filter(({ id }) => sees(id)))),
  })
}

function describe(policies: Readiness['policies']) {
  return {
    policies: policies.map(({ id, digest }) => `${id}@${digest}`),
    revisions: policies.map(({ id, revision, state, problem, ageMs }) => ({
      policy: id,
      revision,
      state,
      problem,
      ageSeconds: Math.round(ageMs / 1_000),
    })),
  }
}

function reply(status: number, body: object): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  })
}
