/**
 * A request in `shadow`: the upstream's own bytes at once, and a job for the deliberation behind them.
 * Nothing here may block, delay or change the request. What is not deliberated upon leaves a row without content that says why.
 */

import { readDeclared } from '../http/read.ts'
import type { Clock } from '../lib/clock.ts'
import type { Metrics, WhyDropped } from '../telemetry/metrics.ts'
import { DOORS } from '../wire/doors.ts'
import { type BodyCopy, type CopiedBody, createBodyCopy } from './body-copy.ts'
import type { AnswerExchange, Exchange, GatewayContext } from './exchange.ts'
import { countRelay, type RecordRelay } from './off.ts'
import type { Relay, RelayRequest } from './relay.ts'

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
  readonly recordRelay: RecordRelay
  /** Keeps the platform from forgetting work that outlives its response. */
  readonly defer: (c: GatewayContext, work: Promise<unknown>) => void
  /** Larger bodies are relayed without a job. */
  readonly maxBodyBytes: number
  readonly metrics: Metrics
  readonly clock: Clock
}

export function createShadow(ports: ShadowPorts): AnswerExchange {
  const { relay, recordRelay, maxBodyBytes, metrics, defer, clock } = ports
  return async function shadow(c, exchange) {
    const { passed, copied } = await passBody(c, maxBodyBytes).catch((error: unknown) => {
      const totalMs = clock.monotonic() - exchange.startedMs
      recordRelay(c, exchange, { status: null, totalMs, dropped: 'cut' })
      throw error
    })
    let status: number | null = null
    try {
      const { upstreamPath: path, keyHeader } = DOORS[exchange.door]
      const relayed = await relay(c, { path, keyHeader, ...passed })
      status = relayed.status
      return relayed.response
    } finally {
      countRelay(metrics, exchange, status)
      const left = leaveJob(ports, c, exchange, { status, copied })
      defer(c, left)
      c.get('held')?.until(left)
    }
  }
}

type Passing = {
  readonly passed: Pick<RelayRequest, 'body' | 'copy'>
  readonly copied: Promise<CopiedBody>
}

/** A body of declared length is read whole where it may be kept; one of unknown length is copied as it passes. */
async function passBody(c: GatewayContext, maxBytes: number): Promise<Passing> {
  const read = c.get('body')
  if (read) return { passed: { body: read }, copied: Promise.resolve(read) }
  const request = c.req.raw
  const held = c.get('held')
  const declared = request.headers.get('content-length')
  if (declared === null) {
    const copy: BodyCopy = createBodyCopy(maxBytes, held)
    return { passed: { copy }, copied: copy.copied }
  }
  if (!/^\d{1,9}$/.test(declared) || Number(declared) > maxBytes) {
    return { passed: {}, copied: Promise.resolve('too_large') }
  }
  if (held?.tryTake(Number(declared)) === false) {
    return { passed: {}, copied: Promise.resolve('busy') }
  }
  const body = await readDeclared(request)
  return { passed: { body }, copied: Promise.resolve(body) }
}

type Relayed = { readonly status: number | null; readonly copied: Promise<CopiedBody> }

/** Only what the upstream answered is deliberated upon. */
async function leaveJob(
  { enqueue, recordRelay, metrics, clock }: ShadowPorts,
  c: GatewayContext,
  exchange: Exchange,
  { status, copied }: Relayed,
): Promise<void> {
  const totalMs = clock.monotonic() - exchange.startedMs
  if (status === null || status >= 400) return recordRelay(c, exchange, { status, totalMs })
  const body = await copied
  if (typeof body !== 'string') return enqueue(c, jobOf(exchange, body))
  const dropped: WhyDropped = body
  metrics.transcript('dropped', dropped)
  recordRelay(c, exchange, { status, totalMs, dropped })
}

function jobOf({ bundle, candidate, ...exchange }: Exchange, body: Uint8Array): ShadowJob {
  return {
    exchange,
    policy: { id: bundle.id, digest: bundle.digest, candidate: candidate?.digest ?? null },
    body: new TextDecoder().decode(body),
  }
}
