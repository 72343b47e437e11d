/**
 * `POST /v1/chat/completions`: choose the policy, pin one bundle, and go the way of its mode. No content is read here.
 * Whatever is activated meanwhile, the request keeps the bundle that is pinned here.
 */
import { GatewayError } from '../errors.ts'
import type { Clock, Random } from '../lib/clock.ts'
import type { Bundle } from '../policy/section.ts'
import { choosePolicy, effectiveMode, type PolicyChoice } from './choose-policy.ts'
import { type Exchange, type GatewayContext, openExchange } from './exchange.ts'

/** The active bundle of a policy, or the named revision of it; null when there is none. */
export type Pin = (choice: PolicyChoice) => Bundle | null | Promise<Bundle | null>

/** Answers one request of a mode. */
export type Answer = (c: GatewayContext, exchange: Exchange) => Response | Promise<Response>

export type ChatCompletionsPorts = {
  readonly pin: Pin
  /** The policy of callers whose credentials name none. */
  readonly policy: string
  readonly enforce: Answer
  readonly shadow: Answer
  readonly off: Answer
  readonly clock: Clock
  readonly random: Random
}

export function createChatCompletions(ports: ChatCompletionsPorts) {
  return async function chatCompletions(c: GatewayContext): Promise<Response> {
    const principal = c.get('principal')
    const choice = choosePolicy(principal, c.req.header('x-chambers-policy'), ports.policy)
    const bundle = await ports.pin(choice)
    if (!bundle) throw new GatewayError('policy_not_found', { param: 'x-chambers-policy' })
    const mode = effectiveMode(bundle.mode, principal.minimumMode)
    const { clock, random } = ports
    return ports[mode](c, openExchange(c, { bundle, mode, clock, random }))
  }
}
