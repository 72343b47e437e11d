/**
 * Revisions, rejections and states as rows of the database, to and fro. Pure.
 * It reads rows that this program wrote; whether the signatures of a revision hold is for `verify` to say.
 */
import type { Row, Statement } from '../database/database.ts'
import type {
  JoinedSignature,
  PolicyState,
  RejectionRecord,
  RevisionRecord,
  StateAction,
  UnservedPolicy,
} from './registry.ts'
import { type Envelope, MAX_SIGNATURES, readPayload } from './revision.ts'

export const STATE_COLUMNS =
  'policy, version, action, active, active_digest, candidate, candidate_digest, percent, shadow, changed, changed_by, reason, callers, move, stopped'
export const REVISION_COLUMNS = 'policy, number, digest, jws, report, pushed, pushed_by'
export const SIGNATURE_COLUMNS =
  'policy, number, thumbprint, kid, protected, signature, joined, joined_by'
export const REJECTION_COLUMNS = 'id, policy, number, digest, problems, pushed, pushed_by'

export function insertRevision({
  policy,
  number,
  digest,
  jws,
  report,
  pushed,
  pushedBy,
}: RevisionRecord): Statement {
  const texts = [JSON.stringify(jws), JSON.stringify(report)]
  return {
    sql: `INSERT INTO policy_revisions (${REVISION_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    params: [policy, number, digest, ...texts, pushed, pushedBy],
  }
}

export function insertRejection({
  id,
  policy,
  number,
  digest,
  problems,
  pushed,
  pushedBy,
}: RejectionRecord): Statement {
  return {
    sql: `INSERT INTO policy_rejections (${REJECTION_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    params: [id, policy, number, digest, JSON.stringify(problems), pushed, pushedBy],
  }
}

export function insertState(state: PolicyState): Statement {
  const { policy, version, action, active, activeDigest, candidate, candidateDigest } = state
  const { percent, shadow, changed, changedBy, reason, callers, move, stopped } = state
  return {
    sql: `INSERT INTO policy_states (${STATE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    params: [
      policy,
      version,
      action,
      active,
      activeDigest,
      candidate,
      candidateDigest,
      percent,
      shadow ? 1 : 0,
      changed,
      changedBy,
      reason,
      callers && JSON.stringify(callers),
      move && JSON.stringify(move),
      stopped,
    ],
  }
}

export function insertSignature(
  { policy, number }: Pick<RevisionRecord, 'policy' | 'number'>,
  { kid, thumbprint, protected: header, signature, joined, joinedBy }: JoinedSignature,
): Statement {
  return {
    sql: `INSERT INTO policy_signatures (${SIGNATURE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    params: [policy, number, thumbprint, kid, header, signature, joined, joinedBy],
  }
}

export function readState(row: Row): PolicyState {
  const { policy, version, action, active, candidate, percent, changed, reason, stopped } = row
  return {
    policy: String(policy),
    version: Number(version),
    action: String(action) as StateAction,
    active: Number(active),
    activeDigest: String(row.active_digest),
    candidate: candidate === null ? null : Number(candidate),
    candidateDigest: row.candidate_digest === null ? null : String(row.candidate_digest),
    percent: Number(percent),
    shadow: Number(row.shadow) === 1,
    changed: Number(changed),
    changedBy: String(row.changed_by),
    reason: reason === null ? null : String(reason),
    callers: row.callers === null ? null : JSON.parse(String(row.callers)),
    move: row.move === null ? null : JSON.parse(String(row.move)),
    stopped: stopped === null ? null : Number(stopped),
  }
}

/** `joined`: the rows of the signatures that came after it, in their order. */
export function readRevision(row: Row, joined: readonly Row[]): RevisionRecord {
  const pushed = JSON.parse(String(row.jws)) as Envelope
  const report = JSON.parse(String(row.report)) as RevisionRecord['report']
  const later = joined.slice(0, MAX_SIGNATURES - pushed.signatures.length)
  const added = later.map((one) => ({
    protected: String(one.protected),
    signature: String(one.signature),
  }))
  const jws = { ...pushed, signatures: [...pushed.signatures, ...added] }
  const signers = [...report.signers, ...later.map(({ kid }) => String(kid))]
  return {
    policy: String(row.policy),
    number: Number(row.number),
    digest: String(row.digest),
    payload: readPayload(jws),
    jws,
    report: { ...report, signers },
    pushed: Number(row.pushed),
    pushedBy: String(row.pushed_by),
  }
}

export function readRejection(row: Row): RejectionRecord {
  const { number, digest } = row
  return {
    id: String(row.id),
    policy: String(row.policy),
    number: number === null ? null : Number(number),
    digest: digest === null ? null : String(digest),
    problems: JSON.parse(String(row.problems)) as RejectionRecord['problems'],
    pushed: Number(row.pushed),
    pushedBy: String(row.pushed_by),
  }
}

export function readUnserved(row: Row): UnservedPolicy {
  const { policy, number, state, pushed } = row
  return {
    policy: String(policy),
    newest: {
      number: number === null ? null : Number(number),
      state: state === 'rejected' ? 'rejected' : 'admitted',
      pushed: Number(pushed),
      pushedBy: String(row.pushed_by),
    },
  }
}
