/**
 * A request in `off`: the upstream's bytes and nothing else, for measuring. The body is not read.
 * What is kept of it has no content.
 */

import type { Clock } from '../lib/clock.ts'
import type { Metrics, WhyDropped } from '../telemetry/metrics.ts'
import { DOORS } from '../wire/doors.ts'
import type { AnswerExchange, Exchange, GatewayContext } from './exchange.ts'
import type { Relay } from './relay.ts'

/** Notes that a request was relayed; rows are written in batches, later. */
export type RecordRelay = (c: GatewayContext, exchange: Exchange, end: RelayNote) => void

export type RelayNote = {
  readonly status: number | null
  readonly totalMs: number
  /** In `shadow`: why nothing was deliberated. */
  readonly dropped?: WhyDropped
}

export type OffPorts = {
  readonly relay: Relay
  readonly recordRelay: RecordRelay
  readonly metrics: Metrics
  readonly clock: Clock
}

export function createOff({ relay, recordRelay, metrics, clock }: OffPorts): AnswerExchange {
  return async function off(c, exchange) {
    let status: number | null = null
    try {
      const { upstreamPath: path, keyHeader } = DOORS[exchange.door]
      const relayed = await relay(c, { path, keyHeader })
      status = relayed.status
      return relayed.response
    } finally {
      const totalMs = clock.monotonic() - exchange.startedMs
      recordRelay(c, exchange, { status, totalMs })
      countRelay(metrics, exchange, status)
    }
  }
}

/** Counts a relayed request: passed when the upstream answered, whatever it answered. */
export function countRelay(metrics: Metrics, exchange: Exchange, status: number | null): void {
  metrics.requestEnded({
    outcome: status === null ? 'failed' : 'passed',
    mode: exchange.mode,
    policyDigest: exchange.bundle.digest,
    code: status === null ? 'upstream_error' : 'none',
  })
}
