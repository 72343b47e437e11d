/**
 * Moves callers of one policy to what serves another: a share of them, or all, until it is halted. I/O through the store.
 * Both serve already, so that a move needs no signature; nothing is committed by it. What serves the other one must bear what
 * the policy asks for whose callers come, at the move and as long as it goes on (`count-signatures.ts`).
 */
import { fail, type Result } from '../../lib/result.ts'
import type { PolicyState } from '../registry.ts'
import { hinderedByReach } from './activate-revision.ts'
import { type ControlPorts, changeState, conflict, staleness } from './change-state.ts'
import type { ControlFailure, MoveRequest } from './control.ts'
import { hasBorne } from './count-signatures.ts'

export async function moveCallers(
  ports: ControlPorts,
  move: MoveRequest,
  actor: string,
): Promise<Result<PolicyState, ControlFailure>> {
  const { policy, to, shadow, callers, expected } = move
  const states = await ports.states.all()
  const find = (id: string) => states.find((state) => state.policy === id) ?? null
  const current = find(policy)
  if (!current) return fail({ reason: 'not_found', message: `There is no policy ${policy}` })
  const known = staleness(current, expected)
  if (!known.ok) return known
  const percent = move.percent ?? (shadow ? 0 : null)
  if (percent === null) return conflict('Give the share of callers to move, as a percent')
  const hindrance =
    hinderedByReach({ percent, shadow }) ??
    hinderedByPolicies({ current, target: find(to), to }) ??
    hinderedByChain(states, { policy, to }) ??
    (await hinderedByRule(ports, { current, target: find(to) }))
  if (hindrance !== null) return conflict(hindrance)
  const { active, activeDigest } = current
  const change = {
    action: 'move',
    active,
    activeDigest,
    candidate: null,
    candidateDigest: null,
    percent: 0,
    shadow: false,
    move: { to, percent, shadow, callers },
    reason: null,
  } as const
  return changeState(ports, { policy, current, change, actor })
}

function hinderedByPolicies({
  current,
  target,
  to,
}: {
  readonly current: PolicyState
  readonly target: PolicyState | null
  readonly to: string
}): string | null {
  if (current.policy === to) {
    return `Name another policy to move to: the callers of ${to} are there already. For a new revision of it, activate that`
  }
  if (!target) return `Activate a revision of ${to} first, at 100 %: nothing of it serves yet`
  if (current.candidate !== null) {
    return `Halt revision ${current.candidate} of ${current.policy} first: it is staged`
  }
  if (current.move !== null && current.move.to !== to) {
    return `Halt the move first: callers of ${current.policy} are being moved already (policy list ${current.policy})`
  }
  return null
}

/** A move is followed once: of a second one behind it nobody would be told. */
function hinderedByChain(
  states: readonly PolicyState[],
  { policy, to }: Pick<MoveRequest, 'policy' | 'to'>,
): string | null {
  const next = states.find((state) => state.policy === to)?.move
  if (next) return `Move to where callers of ${to} are being moved (policy list ${to})`
  const before = states.find(({ move }) => move?.to === policy)
  return before
    ? `Halt the move to ${policy} first, and move its callers to ${to}: callers of another policy are being moved to ${policy}`
    : null
}

/** No name of another policy is told here: whoever asks may not hold it. */
async function hinderedByRule(
  ports: ControlPorts,
  { current, target }: { readonly current: PolicyState; readonly target: PolicyState | null },
): Promise<string | null> {
  if (!target) return null
  const { policy, active, activeDigest, candidate, candidateDigest } = target
  const settings = await ports.states.signatures(current)
  for (const [number, digest] of [
    [active, activeDigest],
    [candidate, candidateDigest],
  ] as const) {
    if (number === null || digest === null) continue
    if (await hasBorne(ports, { policy, digest, upTo: number, settings })) continue
    const { required, signers } = settings
    const among = signers.length === 0 ? '' : ` of ${signers.join(', ')}`
    const wanted = `${required} signature${required === 1 ? '' : 's'}${among}`
    return `Have revision ${number} of ${policy} signed first, by \`policy sign --add ${policy}@${number}\`: ${current.policy} asks for ${wanted} on what its callers get`
  }
  return null
}
