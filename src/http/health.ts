/** `/healthz`: the program is alive. `/readyz`: a verified bundle is loaded; still ready while spooling. No I/O. */

export type Readiness = {
  /** `<id>@<digest>` of every policy that serves; empty means not ready. */
  readonly policies: readonly string[]
  /** Transcripts waiting in the spool. */
  readonly spooled: number
}

export function healthResponse(): Response {
  return reply(200, { status: 'ok' })
}

export function readinessResponse({ policies, spooled }: Readiness): Response {
  const ready = policies.length > 0
  return reply(ready ? 200 : 503, { status: ready ? 'ready' : 'not_ready', policies, spooled })
}

function reply(status: number, body: object): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  })
}
