/**
 * A chat request in `shadow`: the upstream's own bytes at once, and a job for the deliberation behind them.
 * Nothing here may block, delay or change the request: what cannot be kept for the job is relayed without one, and counted.
 */

import { readDeclared } from '../http/read.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { AnswerExchange, Exchange, GatewayContext } from './exchange.ts'
import { CHAT_PATH, countRelay } from './off.ts'
import type { Relay } from './relay.ts'

/** A deliberation to be run later, maybe in another process: plain JSON. */
export type ShadowJob = {
  readonly exchange: Omit<Exchange, 'bundle' | 'candidate'>
  /** `candidate`: the digest of the bundle to be run beside this one; null where there is none. */
  readonly policy: {
    readonly id: string
    readonly digest: string
    readonly candidate: string | null
  }
  /** The client's body, as text. */
  readonly body: string
}

export type ShadowPorts = {
  readonly relay: Relay
  /** Takes the job, or drops it: never waits. */
  readonly enqueue: (c: GatewayContext, job: ShadowJob) => void
  /** Larger bodies are relayed without a job. */
  readonly maxBodyBytes: number
  readonly metrics: Metrics
}

export function createShadow({
  relay,
  enqueue,
  maxBodyBytes,
  metrics,
}: ShadowPorts): AnswerExchange {
  return async function shadow(c, exchange) {
    const body = await keepBody(c.req.raw, maxBodyBytes)
    let status: number | null = null
    try {
      const relayed = await relay(c, { path: CHAT_PATH, ...(body && { body }) })
      status = relayed.status
      return relayed.response
    } finally {
      countRelay(metrics, exchange, status)
      if (body && status !== null && status < 400) enqueue(c, jobOf(exchange, body))
      else metrics.transcript('dropped')
    }
  }
}

/** The whole body where its length is declared and small enough; else null, and it will be piped. */
async function keepBody(
  request: Request,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const declared = request.headers.get('content-length')
  if (declared === null || !/^\d{1,9}$/.test(declared) || Number(declared) > maxBytes) {
    return null
  }
  return readDeclared(request)
}

function jobOf({ bundle, candidate, ...exchange }: Exchange, body: Uint8Array): ShadowJob {
  return {
    exchange,
    policy: { id: bundle.id, digest: bundle.digest, candidate: candidate?.digest ?? null },
    body: new TextDecoder().decode(body),
  }
}
