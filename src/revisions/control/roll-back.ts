/**
 * Rolls back: a new signed revision that names a digest which served before is kept and serves everyone, in one step.
 * I/O through the store. What served before is not tested again: a gate that could keep the old rules out is not worth
 * having while the new ones do harm. What its golden cases say is in its report.
 */
import type { JsonValue } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import type {
  AdmissionProblem,
  PolicyState,
  RevisionContents,
  RevisionRecord,
  VerifiedRevision,
} from '../registry.ts'
import type { RevisionPayload } from '../revision.ts'
import { readEnvelope } from '../signing/read-envelope.ts'
import { commit } from './activate-revision.ts'
import { reportOf } from './admit.ts'
import { bounded } from './bounded-problems.ts'
import {
  type ControlPorts,
  changeEvent,
  changeState,
  conflict,
  nextState,
  staleness,
} from './change-state.ts'
import { type AdmissionContext, checkEnvelope } from './check-envelope.ts'
import type { ControlFailure } from './control.ts'
import {
  hinderedByMoves,
  hinderedBySignatures,
  tellWaiting,
  waitingOf,
} from './count-signatures.ts'
import { joinSignatures } from './join-signatures.ts'
import { admissionContext, admitPorts, refuse, STOP_MISPLACED } from './push-revision.ts'
import { type Contents, readContents } from './read-contents.ts'
import { runTests } from './run-tests.ts'

export type Rollback = {
  readonly policy: string
  readonly jws: JsonValue
  readonly expected: number | null
  readonly actor: string
}

export async function rollBack(
  ports: ControlPorts,
  rollback: Rollback,
): Promise<Result<PolicyState, ControlFailure>> {
  const { policy, jws, expected, actor } = rollback
  const read = readEnvelope(jws)
  if (!read.ok) return fail({ reason: 'rejected', id: null, problems: bounded(read.failure) })
  const { envelope, payload } = read.value
  const kept = await ports.store.revision(policy, payload.revision)
  const isKept = kept?.jws.payload === envelope.payload
  const takenBy = kept && !isKept ? kept.pushedBy : null
  const context = await admissionContext(ports, { policy, takenBy })
  const known = staleness(context.state, expected)
  if (!known.ok) return known
  const proved = await checkEnvelope(ports, { reading: read.value, context })
  const problems = proved.ok
    ? await checkRollback(ports, { payload, context, isKept, proved: proved.value })
    : proved.failure
  if (!proved.ok || problems.length > 0) return refuse(ports, { policy, payload, problems, actor })
  if (Date.parse(payload.notBefore) > ports.clock.now()) {
    return conflict(`Wait until ${payload.notBefore}, or sign it with a time that has come`)
  }
  const change = commit({ number: payload.revision, digest: payload.digest }, 'rollback')
  const current = context.state
  if (kept && isKept) {
    const joined = await joinSignatures(ports, { kept, envelope, actor })
    if (!joined.ok) return refuse(ports, { policy, payload, problems: joined.failure, actor })
    const hindrance = await hinderedBySignatures(ports, { current, record: joined.value })
    if (hindrance !== null) return conflict(hindrance)
    return changeState(ports, { policy, current, change, actor })
  }
  const { signers } = proved.value
  const hindrance = await hinderedByMoves(ports, { policy, signers, digest: payload.digest })
  if (hindrance !== null) return conflict(hindrance)
  const old = await readOld(ports, { verified: proved.value, actor })
  if (!old) return conflict('Name a digest whose bundle can still be read: this one cannot')
  const next = nextState(ports.clock, { policy, current, change, actor })
  const event = changeEvent('policy.rollback', { current, next })
  const done = await ports.store.admitAndChange(old.record, old.contents, { state: next, event })
  // Looked at once more, it is told which of the two was taken: the version, or the number.
  if (!done.ok) return rollBack(ports, { ...rollback, expected: current?.version ?? 0 })
  await ports.onChanged()
  return succeed(next)
}

type Checked = {
  readonly payload: RevisionPayload
  readonly context: AdmissionContext
  /** True where it was pushed before: its signatures are counted with those that it bears there. */
  readonly isKept: boolean
  readonly proved: VerifiedRevision
}

async function checkRollback(
  ports: ControlPorts,
  { payload, context, isKept, proved }: Checked,
): Promise<readonly AdmissionProblem[]> {
  if (payload.stop) return [STOP_MISPLACED]
  const { store, states } = ports
  const { policy, state } = context
  const waiting = isKept ? null : waitingOf(proved.signers, await states.signatures(state))
  if (waiting) {
    const message = `${tellWaiting(waiting)}. Have it signed by somebody else first, and send it again`
    const missing = { code: 'signatures_missing', message, pointer: '/jws/signatures' } as const
    return [missing, ...proved.passedOver]
  }
  const builtIn = await states.bundle(policy, 0)
  if (builtIn?.digest === payload.digest) return []
  return (await store.hasServed(policy, payload.digest)) ? [] : [NEVER_SERVED]
}

const NEVER_SERVED: AdmissionProblem = {
  code: 'never_served',
  message: 'Push and activate it: only what served before can be rolled back to',
  pointer: '/jws/payload/digest',
}

/** The record of a revision that goes back, with contents that are kept already; null where they cannot be read. */
export async function readOld(
  ports: ControlPorts,
  { verified, actor }: { readonly verified: VerifiedRevision; readonly actor: string },
): Promise<{ readonly record: RevisionRecord; readonly contents: RevisionContents } | null> {
  const { payload, envelope: jws } = verified
  const { policy, digest, testsDigest, revision: number } = payload
  const { findContent, tellSigners } = admitPorts(ports, policy)
  const bundle = await findContent(digest)
  if (bundle === null) return null
  const tests = await findContent(testsDigest)
  // What is built in came without its golden cases; then there are none to run.
  const submission = { bundle, tests: tests ?? [], files: null }
  const contents = await readContents({ policy, submission, signed: null, findContent })
  const { tests: run, warnings } = await testOld(contents)
  const all = [...(await tellSigners(verified.passedOver)), ...warnings]
  const report = reportOf({ verified, tests: run, warnings: all })
  const [pushed, pushedBy] = [ports.clock.now(), actor]
  return {
    contents: { bundle, tests },
    record: { policy, number, digest, payload, jws, report, pushed, pushedBy },
  }
}

async function testOld(contents: Result<Contents, readonly AdmissionProblem[]>) {
  if (!contents.ok) {
    const selection = { cases: [], sections: [], decisionsSkipped: 0 }
    return { tests: { report: { selection, decisions: null } }, warnings: contents.failure }
  }
  const tests = await runTests(contents.value, { decideCase: null })
  return { tests, warnings: tests.problems }
}
