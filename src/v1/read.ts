/**
 * Reads what a request asks: its body, the digest of it, what the door makes of it, and what the conversation carries from earlier
 * turns (`kept-responses.ts`, `carry.ts`). I/O: the body, the store of state. It must never change the body, which goes on record as it came.
 */
import { GatewayError } from '../errors.ts'
import { readJsonBody } from '../http/read.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { digestReceived, type Sha256 } from '../transcript/record/received.ts'
import { DOORS } from '../wire/doors.ts'
import type { Carry, RecalledRequest } from './carry.ts'
import type { Exchange, GatewayContext } from './exchange.ts'
import type { KeptResponses } from './kept-responses.ts'

export type ReadPorts = {
  readonly maxBodyBytes: number
  readonly metrics: Metrics
  readonly sha256: Sha256
  readonly carry: Pick<Carry, 'recall'>
  readonly kept: Pick<KeptResponses, 'earlier'>
}

export type AskedRequest = RecalledRequest & { readonly received: string | null }

/**
 * What is asked; a request that is refused here has cost nothing, and is counted all the same.
 * @throws GatewayError `invalid_request`, `unsupported_parameter`, and what `kept-responses.ts` throws.
 */
export async function read(
  { maxBodyBytes, metrics, sha256, carry, kept }: ReadPorts,
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
    const door = DOORS[exchange.door]
    const names = door.namesEarlier === true
    const earlier = names ? await kept.earlier(exchange.principal.tenant, body, held) : undefined
    const asked = door.read(body, { mode, hostedTools, ...(earlier && { earlier }) })
    if (!asked.ok) throw new GatewayError(asked.failure.code, asked.failure)
    return { ...(await carry.recall(exchange, asked.value)), received }
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
