/**
 * Reads what a chat request asks: its body, the digest of it, the request in the contract's words, the inquiry in neutral
 * ones. I/O: the body. It must never change the body, which goes on record as it came.
 */
import type { Inquiry } from '../conversation/outcome.ts'
import { GatewayError } from '../errors.ts'
import { readJsonBody } from '../http/read.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { digestReceived, type Sha256 } from '../transcript/record/received.ts'
import { type ChatRequest, readChatRequest } from '../wire/chat-request.ts'
import { inquiryFromChat } from '../wire/inquiry.ts'
import type { Exchange, GatewayContext } from './exchange.ts'

export type ReadPorts = {
  readonly maxBodyBytes: number
  readonly metrics: Metrics
  readonly sha256: Sha256
}

export type AskedRequest = {
  readonly request: ChatRequest
  readonly received: string | null
  readonly inquiry: Inquiry
}

/**
 * What is asked; a request that is refused here has cost nothing, and is counted all the same.
 * @throws GatewayError `invalid_request`, `request_too_large` or `unsupported_parameter`.
 */
export async function read(
  { maxBodyBytes, metrics, sha256 }: ReadPorts,
  c: GatewayContext,
  exchange: Exchange,
): Promise<AskedRequest> {
  try {
    const held = c.get('held')
    const bytes = c.get('body')
    const body = await readJsonBody(c.req.raw, maxBodyBytes, { exact: true, held, bytes })
    const received = await digestReceived(body, sha256)
    const request = readRequest(body)
    return { request, received, inquiry: readInquiry(request, exchange) }
  } catch (error) {
    metrics.requestEnded({
      outcome: 'failed',
      mode: exchange.mode,
      policyDigest: exchange.bundle.digest,
      code: error instanceof GatewayError ? error.code : 'internal_error',
    })
    throw error
  }
}

function readRequest(body: Parameters<typeof readChatRequest>[0]): ChatRequest {
  const request = readChatRequest(body)
  if (request.ok) return request.value
  throw new GatewayError('invalid_request', request.failure)
}

function readInquiry(request: ChatRequest, { mode, bundle }: Exchange): Inquiry {
  const { hostedTools } = bundle.deliberation
  const inquiry = inquiryFromChat(request, { mode, hostedTools })
  if (inquiry.ok) return inquiry.value
  throw new GatewayError('unsupported_parameter', inquiry.failure)
}
