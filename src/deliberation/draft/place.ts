/**
 * Puts the policy's messages around the client's turns: the preamble before them, the instructions after.
 * Pure. The client's turns stay in order, with their roles and words; only listed control tokens are made harmless.
 */
import { type Role, type Turn, turnText } from '../../conversation/turn.ts'
import type { Protocol } from '../../policy/section.ts'
import type { Placement } from '../memory.ts'
import { neutraliseTurn } from '../neutralise.ts'
import { fillText } from '../protocol-texts.ts'

/** In the order in which `auto` tries them. */
export const PLACEMENTS = [
  'trailing-system',
  'trailing-user',
  'leading-merged',
] as const satisfies readonly Placement[]

export function placeInstructions(options: {
  readonly preamble: string
  readonly turns: readonly Turn[]
  readonly instructions: string
  readonly placement: Placement
  readonly protocol: Protocol
}): readonly Turn[] {
  const { preamble, instructions, placement, protocol } = options
  const turns = options.turns.map(neutraliseTurn)
  // Some upstreams refuse a request that mixes the two names of the role.
  const role: Role = turns.some((turn) => turn.role === 'developer') ? 'developer' : 'system'
  if (placement === 'leading-merged') {
    return mergeLeading({ preamble, instructions, turns, role, protocol })
  }
  return [
    { role, content: preamble },
    ...turns,
    { role: placement === 'trailing-user' ? 'user' : role, content: instructions },
  ]
}

/** Chat templates that need this take one system message alone, so the client's leading one is merged too. */
function mergeLeading(options: {
  readonly preamble: string
  readonly instructions: string
  readonly turns: readonly Turn[]
  readonly role: Role
  readonly protocol: Protocol
}): readonly Turn[] {
  const { preamble, instructions, turns, role, protocol } = options
  const [first, ...rest] = turns
  if (first === undefined || (first.role !== 'system' && first.role !== 'developer')) {
    return [{ role, content: `${preamble}\n\n${instructions}` }, ...turns]
  }
  const operator = fillText(protocol, 'operator', { instructions: turnText(first) })
  return [{ role, content: `${preamble}\n\n${operator}\n\n${instructions}` }, ...rest]
}
