/**
 * `POST /v1/messages/count_tokens`: how many tokens a conversation takes. A server that speaks Messages is asked, by a relay;
 * for all others it is an estimate. No model is asked, and what the policy adds is not counted: clients ask so as to know when
 * to shorten what is theirs.
 */
import type { Inquiry } from '../conversation/outcome.ts'
import type { Turn } from '../conversation/turn.ts'
import { promptTokens } from '../deliberation/terms.ts'
import { GatewayError } from '../errors.ts'
import { readJsonBody } from '../http/read.ts'
import { DOORS } from '../wire/doors.ts'
import { inquiryFromMessages } from '../wire/messages/inquiry.ts'
import { readMessagesRequest } from '../wire/messages/request.ts'
import type { GatewayContext } from './exchange.ts'
import type { Relay } from './relay.ts'

/** What a picture takes at most where vendors tell: 1,568 pixels by as many, 750 to a token, scaled down to fit. */
const IMAGE_TOKENS = 1_600

export type CountPorts = {
  readonly maxBodyBytes: number
  /** To a server that counts; null where none is known to. */
  readonly relay: Relay | null
}

/** @throws GatewayError `invalid_request` or `request_too_large`. */
export type CountTokens = (c: GatewayContext) => Promise<Response>

export function createCountTokens({ maxBodyBytes, relay }: CountPorts): CountTokens {
  const { upstreamPath, keyHeader } = DOORS.messages
  return async function countTokens(c) {
    if (relay === null) return estimate(c, maxBodyBytes)
    const { response } = await relay(c, { path: [...upstreamPath, 'count_tokens'], keyHeader })
    return response
  }
}

async function estimate(c: GatewayContext, maxBodyBytes: number): Promise<Response> {
  const options = { exact: true, held: c.get('held'), bytes: c.get('body') }
  const body = await readJsonBody(c.req.raw, maxBodyBytes, options)
  const request = readMessagesRequest(body, 'count')
  if (!request.ok) throw new GatewayError('invalid_request', request.failure)
  // Nothing is run, so nothing has to be refused.
  const inquiry = inquiryFromMessages(request.value, { mode: 'off' })
  if (!inquiry.ok) throw new GatewayError('unsupported_parameter', inquiry.failure)
  const tokens = estimateTokens(inquiry.value)
  return Response.json(
    { input_tokens: tokens },
    {
      headers: {
        'cache-control': 'no-store',
        'x-request-id': c.get('requestId'),
        'request-id': c.get('requestId'),
      },
    },
  )
}

/** About how many tokens the conversation of an inquiry takes, tools and all. */
export function estimateTokens(inquiry: Inquiry): number {
  return promptTokens(inquiry) + IMAGE_TOKENS * imagesIn(inquiry.turns)
}

function imagesIn(turns: readonly Turn[]): number {
  return turns
    .flatMap(({ content }) => (typeof content === 'object' && content ? content : []))
    .filter((part) => part.kind === 'media' && part.media === 'image').length
}
