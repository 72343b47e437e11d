/**
 * Which policy a request runs under, and in which mode: the key's word, the header's, the bundle's. No I/O.
 * A key may strengthen a mode and never weaken it.
 */

import type { Principal } from '../access/principal.ts'
import { GatewayError } from '../errors.ts'
import type { Mode } from '../policy/section.ts'

/** The caller's choice: a policy, and a digest prefix where one revision is meant. */
export type PolicyChoice = { readonly id: string; readonly digestPrefix: string | null }

const HEADER = 'x-chambers-policy'
const SYNTAX = /^([a-z0-9][a-z0-9-]{0,63})(?:@([0-9a-f]{4,64}))?$/

const STRENGTH: Readonly<Record<Mode, number>> = { off: 0, shadow: 1, enforce: 2 }

/**
 * Reads the choice of a request.
 * @throws GatewayError `invalid_request` for a malformed header, `insufficient_scope` for a policy the key may not choose.
 */
export function choosePolicy(
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

/** The stronger of the bundle's mode and the key's minimum. */
export function effectiveMode(bundle: Mode, minimum: Mode | null): Mode {
  return minimum !== null && STRENGTH[minimum] > STRENGTH[bundle] ? minimum : bundle
}
