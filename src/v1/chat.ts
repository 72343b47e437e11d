/**
 * `POST /v1/chat/completions`: choose the policy, pin one bundle, and go the way of its mode. No content is read here.
 * Whatever is activated meanwhile, the request keeps the bundle that is pinned here.
 */
import { GatewayError } from '../errors.ts'
import type { Clock, Random } from '../lib/clock.ts'
import type { Caller, Defer, Pinned } from '../policy/repository.ts'
import { choosePolicy, effectiveMode, type PolicyChoice } from './choose-policy.ts'
import { type Exchange, type GatewayContext, openExchange, readSession } from './exchange.ts'

/** What a request keeps to its end: the bundle of a policy that serves its caller, or the named one; null when there is none. */
export type Pin = (
  choice: PolicyChoice,
  caller: Caller,
  keep: Defer,
) => Pinned | null | Promise<Pinned | null>

/** Answers one request of a mode. */
export type Answer = (c: GatewayContext, exchange: Exchange) => Response | Promise<Response>

export type ChatCompletionsPorts = {
  readonly pin: Pin
  /** The policy of callers whose credentials name none. */
  readonly policy: string
  readonly enforce: Answer
  readonly shadow: Answer
  readonly off: Answer
  /** Keeps the platform from forgetting work that outlives the response. */
  readonly defer: (c: GatewayContext, work: Promise<unknown>) => void
  readonly clock: Clock
  readonly random: Random
}

export function createChatCompletions(ports: ChatCompletionsPorts) {
  return async function chatCompletions(c: GatewayContext): Promise<Response> {
    const principal = c.get('principal')
    const choice = choosePolicy(principal, c.req.header('x-chambers-policy'), ports.policy)
    const session = readSession(c)
    const { tenant, app } = principal
    const pinned = await ports.pin(choice, { tenant, app, session }, (work) => ports.defer(c, work))
    if (!pinned) throw new GatewayError('policy_not_found', { param: 'x-chambers-policy' })
    const mode = effectiveMode(pinned.bundle.mode, principal.minimumMode)
    const { clock, random } = ports
    return ports[mode](c, openExchange(c, { ...pinned, session, mode, clock, random }))
  }
}
