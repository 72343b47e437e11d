/**
 * One person stops what serves: a signed revision, by a single signature if need be, goes back at once and for everyone to what
 * has served under the full rules before (decision 0032). I/O through the store. While it lacks signatures it is the only one:
 * nobody stops twice, and what follows is held to the signatures that the revision asked for which was stopped.
 */
import type { JsonValue } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import type {
  AdmissionProblem,
  MissingSignatures,
  PolicyState,
  VerifiedRevision,
} from '../registry.ts'
import { readEnvelope } from '../signing/read-envelope.ts'
import { NOTHING_STAGED } from './activate-revision.ts'
import { bounded } from './bounded-problems.ts'
import { type ControlPorts, changeEvent, conflict, nextState, staleness } from './change-state.ts'
import { checkEnvelope } from './check-envelope.ts'
import type { ControlFailure } from './control.ts'
import { hinderedByMoves, tellWaiting, waitingOf } from './count-signatures.ts'
import { joinSignatures } from './join-signatures.ts'
import { admissionContext, refuse } from './push-revision.ts'
import { readOld } from './roll-back.ts'

export type Stop = {
  readonly policy: string
  readonly jws: JsonValue
  readonly expected: number | null
  readonly actor: string
}

export async function stopPolicy(
  ports: ControlPorts,
  stop: Stop,
): Promise<Result<PolicyState, ControlFailure>> {
  const { policy, jws, expected, actor } = stop
  const read = readEnvelope(jws)
  if (!read.ok) return fail({ reason: 'rejected', id: null, problems: bounded(read.failure) })
  const { envelope, payload } = read.value
  const kept = await ports.store.revision(policy, payload.revision)
  const takenBy = kept?.pushedBy ?? null
  const context = await admissionContext(ports, { policy, takenBy })
  const { state } = context
  if (!state) return conflict('Stop nothing: nothing of this policy serves yet')
  if (kept?.jws.payload === envelope.payload && state.active === kept.number) {
    // Sent again, perhaps with signatures that it lacked.
    const joined = await joinSignatures(ports, { kept, envelope, actor })
    if (!joined.ok) return refuse(ports, { policy, payload, problems: joined.failure, actor })
    return succeed((await ports.states.current(policy)) ?? state)
  }
  const known = staleness(state, expected)
  if (!known.ok) return known
  if (state.stopped !== null) return conflict(stoppedAlready(state))
  const proved = await checkEnvelope(ports, { reading: read.value, context })
  const waiting = proved.ok
    ? waitingOf(proved.value.signers, await ports.states.signatures(state))
    : null
  const problems = proved.ok
    ? await checkStop(ports, { proved: proved.value, state, waiting })
    : proved.failure
  if (!proved.ok || problems.length > 0) return refuse(ports, { policy, payload, problems, actor })
  if (Date.parse(payload.notBefore) > ports.clock.now()) {
    return conflict(`Wait until ${payload.notBefore}, or sign it with a time that has come`)
  }
  const { signers } = proved.value
  const hindrance = await hinderedByMoves(ports, { policy, signers, digest: payload.digest })
  if (hindrance !== null) return conflict(hindrance)
  const old = await readOld(ports, { verified: proved.value, actor })
  if (!old) return conflict('Name a digest whose bundle can still be read: this one cannot')
  const served = { active: payload.revision, activeDigest: payload.digest, ...NOTHING_STAGED }
  const stopped = waiting ? state.active : null
  const why = { reason: payload.note, stopped }
  const change = { action: 'stop', ...served, move: null, ...why } as const
  const next = nextState(ports.clock, { policy, current: state, change, actor })
  const event = stopEvent({ state, next, signers: old.record.report.signers, waiting })
  const done = await ports.store.admitAndChange(old.record, old.contents, { state: next, event })
  // Looked at once more, it is told which of the two was taken: the version, or the number.
  if (!done.ok) return stopPolicy(ports, { ...stop, expected: state.version })
  await ports.onChanged()
  return succeed(next)
}

function stoppedAlready({ policy, active, changedBy }: PolicyState): string {
  return `Have revision ${active} signed by the rest first, by \`policy sign --add ${policy}@${active}\`, or activate a revision with all signatures: one person has stopped ${policy} already (${changedBy}), and nobody stops twice in a row`
}

/** Everything that is asked of a stop besides what is asked of every envelope. */
async function checkStop(
  { store, states }: ControlPorts,
  options: {
    readonly proved: VerifiedRevision
    readonly state: PolicyState
    readonly waiting: MissingSignatures | null
  },
): Promise<readonly AdmissionProblem[]> {
  const { proved, state, waiting } = options
  const { payload } = proved
  const problem = (code: AdmissionProblem['code'], message: string, member: string) => [
    { code, message, pointer: `/jws/${member}` },
  ]
  if (!payload.stop) {
    const message = 'Send it as what it was signed for: only `policy stop` makes what stops'
    return problem('stop_misplaced', message, 'payload/stop')
  }
  if (waiting?.bears.length === 0) {
    const message = `${tellWaiting(waiting)}: a stop wants one of them`
    return [...problem('signatures_missing', message, 'signatures'), ...proved.passedOver]
  }
  if (payload.note.trim() === '') {
    return problem(
      'payload_unreadable',
      'Say why, with --reason: it is kept for the others',
      'payload/note',
    )
  }
  if (payload.supersedes !== state.activeDigest) {
    const message = `Make it anew, with \`policy stop\`: it was signed to stop ${payload.supersedes ?? 'nothing'}, and ${state.activeDigest} serves now`
    return problem('stop_outdated', message, 'payload/supersedes')
  }
  if (payload.digest !== state.activeDigest) {
    const { policy, digest } = payload
    if (await store.hasServedInFull(policy, digest)) return []
    if (await hasBuiltInServed({ store, states }, { policy, digest })) return []
  }
  const message =
    'Name another revision with --to: a stop goes back to what has served everyone before, with all signatures, and to nothing else'
  return problem('never_served', message, 'payload/digest')
}

/** Before its first state the built-in bundle served; that is told by what this state's revision was signed to follow. */
async function hasBuiltInServed(
  { store, states }: Pick<ControlPorts, 'store' | 'states'>,
  { policy, digest }: { readonly policy: string; readonly digest: string },
): Promise<boolean> {
  const builtIn = await states.bundle(policy, 0)
  if (builtIn?.digest !== digest) return false
  const [first] = await store.history(policy, { before: 2, limit: 1 })
  const record = first ? await store.revision(policy, first.active) : null
  return record?.payload.supersedes === digest
}

function stopEvent(options: {
  readonly state: PolicyState
  readonly next: PolicyState
  readonly signers: readonly string[]
  readonly waiting: MissingSignatures | null
}) {
  const { state, next, signers, waiting } = options
  const event = changeEvent('policy.stop', { current: state, next })
  const details = { ...event.details, signers, missing: waiting?.missing ?? 0 }
  return { ...event, details }
}
