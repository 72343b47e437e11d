/**
 * One guarded request on its way: who asks, under which bundle and mode, since when. Built once, passed along. No I/O.
 * It holds no content of the request.
 */
import type { Context } from 'hono'
import type { Principal } from '../access/principal.ts'
import type { Held } from '../http/bytes-in-flight.ts'
import type { Clock, Random } from '../lib/clock.ts'
import type { Cohort, Pinned } from '../policy/repository.ts'
import type { Bundle, Mode } from '../policy/section.ts'
import type { DoorName } from '../wire/door.ts'

/** What the middleware leaves in the context of a request. */
export type GatewayVariables = {
  requestId: string
  principal: Principal
  /** The body, where it had to be read before its turn: it is counted, and whoever wants it takes it from here. */
  body?: Uint8Array<ArrayBuffer>
  /** What the request holds of the memory for all; absent where nothing is counted. */
  held?: Held
  /** Set where the answer has to pass through the routes, so that no platform may take a way of its own around them. */
  indirect?: boolean
  /** Set as soon as a bundle is pinned, so that errors carry the same headers as answers. */
  exchange?: Exchange
}

/** The platform's own objects of a request, where it has any. */
export type GatewayEnvironment = { Bindings: object; Variables: GatewayVariables }

export type GatewayContext = Context<GatewayEnvironment>

export type Exchange = {
  readonly requestId: string
  readonly transcriptId: string
  /** By which contract it came. */
  readonly door: DoorName
  readonly principal: Principal
  readonly bundle: Bundle
  /** Run beside the bundle, without effect; null where no candidate is staged so. */
  readonly candidate: Bundle | null
  readonly cohort: Cohort | null
  readonly mode: Mode
  /** The client's own grouping of transcripts; null when it sent none. */
  readonly session: string | null
  /** Wall time of arrival, in milliseconds. */
  readonly time: number
  /** Monotonic time of arrival, in milliseconds. */
  readonly startedMs: number
}

/** Answers a request of one mode. */
export type AnswerExchange = (c: GatewayContext, exchange: Exchange) => Response | Promise<Response>

const MAX_SESSION_LENGTH = 200

export type ExchangeOptions = Pinned & {
  readonly door: DoorName
  readonly mode: Mode
  readonly session: string | null
  readonly clock: Clock
  readonly random: Random
}

/** The client's own grouping of its requests; null when it sent none. */
export function readSession(c: GatewayContext): string | null {
  return c.req.header('x-chambers-session')?.slice(0, MAX_SESSION_LENGTH) || null
}

/** Opens the exchange of a request and leaves it in the context. */
export function openExchange(c: GatewayContext, options: ExchangeOptions): Exchange {
  const { door, bundle, candidate, cohort, mode, session, clock, random } = options
  const time = clock.now()
  const exchange: Exchange = {
    requestId: c.get('requestId'),
    transcriptId: transcriptIdAt(time, random),
    door,
    principal: c.get('principal'),
    bundle,
    candidate,
    cohort,
    mode,
    session,
    time,
    startedMs: clock.monotonic(),
  }
  c.set('exchange', exchange)
  return exchange
}

/**
 * An id that no one can guess and that sorts by time: an index on random ids is written all over at every insert, which
 * doubles what a row costs.
 */
function transcriptIdAt(time: number, random: Random): string {
  return `tr_${time.toString(16).padStart(12, '0')}${random.hex(10)}`
}

/** The headers that name an exchange, on answers, streams, relays and errors alike. */
export function exchangeHeaders(exchange: Exchange): Record<string, string> {
  return {
    'x-request-id': exchange.requestId,
    'x-chambers-transcript': exchange.transcriptId,
    'x-chambers-policy': `${exchange.bundle.id}@${exchange.bundle.digest}`,
    'x-chambers-mode': exchange.mode,
  }
}
