/**
 * Takes a signed revision in:
 *
 * 1. read its envelope; what cannot be read is refused, and nothing of it is kept;
 * 2. find it, where the very same one was pushed before: then it is there, and signatures that it lacks join those it bears
 *    (`join-signatures.ts`);
 * 3. admit it (`admit.ts`);
 * 4. keep it: admitted it can be activated (`activate-revision.ts`) once enough people have signed it, refused it is kept
 *    with the reasons and never can.
 *
 * I/O through the store. What serves is not touched either way.
 */
import type { AuditEvent } from '../../audit/audit-log.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import type { AdmissionProblem, RevisionRecord } from '../registry.ts'
import type { RevisionPayload } from '../revision.ts'
import { readEnvelope } from '../signing/read-envelope.ts'
import { type AdmitPorts, admit } from './admit.ts'
import { bounded } from './bounded-problems.ts'
import type { ControlPorts } from './change-state.ts'
import type { AdmissionContext } from './check-envelope.ts'
import type { ControlFailure, RevisionSubmission } from './control.ts'
import { tellSigners } from './count-signatures.ts'
import { joinSignatures } from './join-signatures.ts'

export type Push = {
  readonly policy: string
  readonly submission: RevisionSubmission
  readonly actor: string
}

type Refused = {
  readonly policy: string
  readonly payload: RevisionPayload
  readonly problems: readonly AdmissionProblem[]
  readonly actor: string
}

export async function pushRevision(
  ports: ControlPorts,
  { policy, submission, actor }: Push,
): Promise<Result<RevisionRecord, ControlFailure>> {
  const read = readEnvelope(submission.jws)
  if (!read.ok) return fail({ reason: 'rejected', id: null, problems: bounded(read.failure) })
  const { envelope, payload } = read.value
  const kept = await ports.store.revision(policy, payload.revision)
  if (kept?.jws.payload === envelope.payload) {
    const joined = await joinSignatures(ports, { kept, envelope, actor })
    return joined.ok ? joined : refuse(ports, { policy, payload, problems: joined.failure, actor })
  }
  if (payload.stop) {
    return refuse(ports, { policy, payload, problems: [STOP_MISPLACED], actor })
  }
  const context = await admissionContext(ports, { policy, takenBy: kept?.pushedBy ?? null })
  const admitted = await admit(admitPorts(ports, policy), {
    reading: read.value,
    submission,
    context,
  })
  if (!admitted.ok) return refuse(ports, { policy, ...admitted.failure, actor })
  const { contents, report, verified } = admitted.value
  const { digest, revision: number } = payload
  const record: RevisionRecord = {
    policy,
    number,
    digest,
    payload,
    jws: verified.envelope,
    report,
    pushed: ports.clock.now(),
    pushedBy: actor,
  }
  const { content: bundle, tests } = contents
  const event = pushEvent(record)
  const stored = await ports.store.admit(record, { bundle, tests }, event)
  // Whoever was quicker under the same number is met as one that was there before.
  return stored.ok ? succeed(record) : pushRevision(ports, { policy, submission, actor })
}

/** What goes back by one signature serves at once, or not at all. */
export const STOP_MISPLACED: AdmissionProblem = {
  code: 'stop_misplaced',
  message:
    'Make it anew, with `policy stop`: it was signed to stop what serves at once, and is not kept for later',
  pointer: '/jws/payload/stop',
}

/** Keeps what was refused, with the reasons. */
export async function refuse(
  { store, clock, random }: ControlPorts,
  { policy, payload, problems, actor }: Refused,
): Promise<Result<never, ControlFailure>> {
  const id = `rej_${random.hex(12)}`
  const kept = bounded(await tellSigners({ store }, policy, problems))
  const { revision: number, digest } = payload
  const codes = [...new Set(kept.map(({ code }) => code))]
  await store.reject(
    { id, policy, number, digest, problems: kept, pushed: clock.now(), pushedBy: actor },
    {
      actor,
      action: 'policy.reject',
      policy,
      tenant: null,
      details: { id, revision: number, digest, codes },
    },
  )
  return fail({ reason: 'rejected', id, problems: kept })
}

/** What a revision of the policy is held against now. */
export async function admissionContext(
  { states }: ControlPorts,
  { policy, takenBy }: Pick<AdmissionContext, 'policy' | 'takenBy'>,
): Promise<AdmissionContext> {
  return { policy, takenBy, state: await states.current(policy) }
}

export function admitPorts(ports: ControlPorts, policy: string): AdmitPorts {
  return {
    ...ports,
    findContent: (digest) => ports.states.content(policy, digest),
    tellSigners: (problems) => tellSigners(ports, policy, problems),
  }
}

function pushEvent({
  policy,
  number,
  digest,
  payload,
  report,
  pushedBy,
}: RevisionRecord): AuditEvent {
  const { testsDigest, supersedes } = payload
  const { signers } = report
  const details = { revision: number, digest, testsDigest, supersedes, signers }
  return { actor: pushedBy, action: 'policy.push', policy, tenant: null, details }
}
