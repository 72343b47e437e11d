/**
 * Reads what a request asks: its body, the digest of it, and what the door makes of it. I/O: the body. It must never change
 * the body, which goes on record as it came.
 */
import { GatewayError } from '../errors.ts'
import { readJsonBody } from '../http/read.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { digestReceived, type Sha256 } from '../transcript/record/received.ts'
import type { Asked } from '../wire/door.ts'
import { DOORS } from '../wire/doors.ts'
import type { Exchange, GatewayContext } from './exchange.ts'

export type ReadPorts = {
  readonly maxBodyBytes: number
  readonly metrics: Metrics
  readonly sha256: Sha256
}

export type AskedRequest = { readonly asked: Asked; readonly received: string | null }

/**
 * What is asked; a request that is refused here has cost nothing, and is counted all the same.
 * @throws GatewayError `invalid_request`, `request_too_large` or `unsupported_parameter`.
 */
export async function read(
  { maxBodyBytes, metrics, sha256 }: ReadPorts,
  c: GatewayContext,
  exchange: Exchange,
): Promise<AskedRequest> {
  const { mode, bundle } = exchange
  try {
    const held = c.get('held')
    const bytes = c.get('body')
    const body = await readJsonBody(c.req.raw, maxBodyBytes, { exact: true, held, bytes })
    const received = await digestReceived(body, sha256)
    const { hostedTools } = bundle.deliberation
    const asked = DOORS[exchange.door].read(body, { mode, hostedTools })
    if (asked.ok) return { asked: asked.value, received }
    throw new GatewayError(asked.failure.code, asked.failure)
  } catch (error) {
    metrics.requestEnded({
      outcome: 'failed',
      mode,
      policyDigest: bundle.digest,
      code: error instanceof GatewayError ? error.code : 'internal_error',
    })
    throw error
  }
}
