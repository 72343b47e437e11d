/**
 * Makes an admitted revision serve: everyone, or a share of callers first; and takes a staged one back. I/O through the
 * store. Serving everyone commits the number, and no number at or below a committed one ever serves again.
 */
import { fail, type Result } from '../../lib/result.ts'
import type { RolloutSettings } from '../../policy/section.ts'
import type { PolicyState, RevisionRecord } from '../registry.ts'
import {
  type ControlPorts,
  changeState,
  conflict,
  type StateChange,
  staleness,
} from './change-state.ts'
import { checkTimes } from './check-envelope.ts'
import type { Activation, ControlFailure, PolicyControl } from './control.ts'
import { hinderedBySignatures } from './count-signatures.ts'

type Change = Promise<Result<PolicyState, ControlFailure>>

export async function activateRevision(
  ports: ControlPorts,
  activation: Activation,
  actor: string,
): Change {
  const { policy, revision, callers = null, expected } = activation
  const record = await ports.store.revision(policy, revision)
  if (!record) {
    const message = `Push revision ${revision} of ${policy} first: it is not there`
    return fail({ reason: 'not_found', message })
  }
  const current = await ports.states.current(policy)
  const known = staleness(current, expected)
  if (!known.ok) return known
  const bundle = await ports.states.bundleOf(record)
  if (!bundle) {
    return conflict(`Push it under a new number: the bundle of revision ${revision} cannot be read`)
  }
  const reach = reachOf(activation, bundle.rollout)
  const isForAll = reach.percent === 100 && callers === null
  const hindrance =
    hinderedByReach(reach) ??
    hinderedByState({ current, record, isForAll }) ??
    hinderedByTime(record, ports.clock.now()) ??
    (await hinderedBySignatures(ports, { current, record }))
  if (hindrance !== null) return conflict(hindrance)
  const change = isForAll ? commit(record) : stage(current, { record, ...reach, callers })
  return changeState(ports, { policy, current, change, actor })
}

export async function haltRollout(
  ports: ControlPorts,
  halt: Parameters<PolicyControl['halt']>[0],
  actor: string,
): Change {
  const { policy, expected, reason } = halt
  const current = await ports.states.current(policy)
  if (!current) return fail({ reason: 'not_found', message: `There is no policy ${policy}` })
  const known = staleness(current, expected)
  if (!known.ok) return known
  if (current.candidate === null && current.move === null) {
    return conflict(
      'Halt nothing: no revision is staged, and no caller is moved. To take back what serves, roll back',
    )
  }
  const { active, activeDigest } = current
  const ended = { ...NOTHING_STAGED, move: null }
  const change = { action: 'halt', active, activeDigest, ...ended, reason } as const
  return changeState(ports, { policy, current, change, actor })
}

/** Commits a revision for everyone; whatever was staged is dropped. */
export function commit(
  { number, digest }: Pick<RevisionRecord, 'number' | 'digest'>,
  action: 'activate' | 'rollback' = 'activate',
): StateChange {
  const served = { active: number, activeDigest: digest, stopped: null }
  return { action, ...served, ...NOTHING_STAGED, reason: null }
}

export const NOTHING_STAGED = {
  candidate: null,
  candidateDigest: null,
  percent: 0,
  shadow: false,
} as const

export type Reach = { readonly percent: number; readonly shadow: boolean }

function stage(
  current: PolicyState | null,
  {
    record,
    percent,
    shadow,
    callers,
  }: Reach & Pick<PolicyState, 'callers'> & { readonly record: RevisionRecord },
): StateChange {
  if (!current) throw new TypeError('Nothing can be staged beside nothing')
  const { active, activeDigest } = current
  return {
    action: 'stage',
    active,
    activeDigest,
    candidate: record.number,
    candidateDigest: record.digest,
    percent,
    shadow,
    callers,
    reason: null,
  }
}

/** What the activation says, else what its own bundle says, else everyone at once. */
function reachOf(activation: Activation, rollout: RolloutSettings | undefined): Reach {
  const shadow = activation.shadow ?? rollout?.shadow ?? false
  const isAsked = activation.shadow === true
  const usual = rollout && !(isAsked && rollout.percent === 100) ? rollout.percent : null
  const percent = activation.percent ?? usual ?? (shadow ? 0 : 100)
  return { percent, shadow: shadow && (percent < 100 || isAsked) }
}

export function hinderedByReach({ percent, shadow }: Reach): string | null {
  if (!(percent >= 0 && percent <= 100)) return `Give a percent from 0 to 100: got ${percent}`
  if (percent === 100 && shadow) {
    return 'Leave shadow out, or choose a percent below 100: beside what serves all of them nothing is left to compare'
  }
  return null
}

function hinderedByState({
  current,
  record: { policy, number },
  isForAll,
}: {
  readonly current: PolicyState | null
  readonly record: RevisionRecord
  readonly isForAll: boolean
}): string | null {
  if (!current) {
    if (isForAll) return null
    return `Activate it for everyone, at 100 %: nothing of ${policy} serves yet that could serve the others, and only who asks for ${policy} gets it. Then give it callers of another policy, in steps: policy move OTHER ${policy} --percent 5`
  }
  if (number === current.active) return `Leave it: revision ${number} serves everyone already`
  if (number < current.active) {
    return `Go back to it with \`policy rollback ${policy} --to ${number}\`, where it has served, or sign its text anew: revision ${current.active} serves, and numbers only grow`
  }
  if (current.candidate !== null && current.candidate !== number) {
    return `Halt revision ${current.candidate} first: it is staged`
  }
  if (current.move !== null && !isForAll) {
    return `Halt the move first, or activate it for everyone: callers of ${policy} are being moved`
  }
  return null
}

function hinderedByTime({ number, payload }: RevisionRecord, now: number): string | null {
  const [over] = checkTimes(payload, now)
  if (over) return `Push revision ${number} again under a new number. ${over.message}`
  const { notBefore } = payload
  return Date.parse(notBefore) <= now
    ? null
    : `Wait until ${notBefore}: revision ${number} is not to serve before`
}
