/**
 * Pins a request: which policy it runs under, the one bundle it keeps to its end whatever is activated meanwhile, and its
 * mode, by the word of key, header and bundle. A key may strengthen a mode and never weaken it. The body is read here only
 * where a share of callers hangs on it (`caller.ts`).
 */

import type { Principal } from '../access/principal.ts'
import { GatewayError } from '../errors.ts'
import type { Clock, Random } from '../lib/clock.ts'
import type { Caller, Defer, Pinned } from '../policy/repository.ts'
import type { Mode } from '../policy/section.ts'
import type { Door } from '../wire/door.ts'
import { type CallerPorts, callerOf } from './caller.ts'
import { type Exchange, type GatewayContext, openExchange } from './exchange.ts'

/** The caller's choice: a policy, and a digest prefix where one revision is meant. */
export type PolicyChoice = { readonly id: string; readonly digestPrefix: string | null }

/** What a request keeps to its end: the bundle of a policy that serves its caller, or the named one; null when there is none. */
export type Pin = (
  choice: PolicyChoice,
  caller: Caller,
  defer: Defer,
) => Pinned | null | Promise<Pinned | null>

export type PinPorts = CallerPorts & {
  readonly pin: Pin
  /** The policy of callers whose credentials name none. */
  readonly policy: string
  /** Keeps the platform from forgetting work that outlives the response. */
  readonly defer: (c: GatewayContext, work: Promise<unknown>) => void
  readonly clock: Clock
  readonly random: Random
}

const HEADER = 'x-chambers-policy'
const SYNTAX = /^([a-z0-9][a-z0-9-]{0,63})(?:@([0-9a-f]{4,64}))?$/

const STRENGTH: Readonly<Record<Mode, number>> = { off: 0, shadow: 1, enforce: 2 }

/** Pins a request and opens its exchange. @throws GatewayError as `choosePolicy` does, or `policy_not_found`. */
export async function pin(ports: PinPorts, c: GatewayContext, door: Door): Promise<Exchange> {
  const principal = c.get('principal')
  const choice = choosePolicy(principal, c.req.header(HEADER), ports.policy)
  const caller = callerOf(ports, c, door)
  const defer = (work: Promise<unknown>) => ports.defer(c, work)
  const pinned = await ports.pin(choice, caller, defer)
  if (!pinned) throw new GatewayError('policy_not_found', { param: HEADER })
  const mode = strongest([pinned.bundle.mode, principal.minimumMode, pinned.leastMode ?? null])
  const { clock, random } = ports
  const { session } = caller
  return openExchange(c, { ...pinned, door: door.name, session, mode, clock, random })
}

/**
 * Reads the choice of a request.
 * @throws GatewayError `invalid_request` for a malformed header, `insufficient_scope` for a policy the key may not choose.
 */
function choosePolicy(
  principal: Principal,
  header: string | undefined,
  configured: string,
): PolicyChoice {
  const own = principal.policies.find((id) => id !== '*') ?? configured
  if (header === undefined) return { id: own, digestPrefix: null }
  const [, id, digestPrefix] = SYNTAX.exec(header.trim()) ?? []
  if (id === undefined) {
    throw new GatewayError('invalid_request', {
      message: `Send ${HEADER} as a policy id, or as id@digest with at least 4 hex digits`,
      param: HEADER,
    })
  }
  if (id !== own && !principal.policies.includes('*') && !principal.policies.includes(id)) {
    throw new GatewayError('insufficient_scope', {
      message: 'The credentials do not allow the choice of this policy',
      param: HEADER,
    })
  }
  return { id, digestPrefix: digestPrefix ?? null }
}

/** Of the modes of the bundle, of the key and of the policy that the caller was moved from. */
function strongest(modes: readonly (Mode | null)[]): Mode {
  const asked = modes.filter((mode) => mode !== null)
  return asked.reduce((one, other) => (STRENGTH[other] > STRENGTH[one] ? other : one))
}
