/**
 * Revisions, rejections and states of policies at rest. I/O through the SQL port; bundles are compressed.
 * Every write is in one transaction with its audit event. On PostgreSQL a change of state is announced, too.
 */
import type { AuditEvent, AuditLog } from '../audit/audit-log.ts'
import { type Database, DatabaseError, type Row, type Statement } from '../database/database.ts'
import type { Compression } from '../lib/compression.ts'
import { canonicalJson, type JsonValue } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import type {
  PolicyState,
  RejectionRecord,
  RevisionContents,
  RevisionRecord,
  RevisionStore,
  StateAction,
} from './registry.ts'
import { type Envelope, readPayload } from './revision.ts'

/** The channel on which PostgreSQL tells every instance that a state has changed. */
export const STATES_CHANNEL = 'chambers_policy_states'

const STATE_COLUMNS =
  'policy, version, action, active, active_digest, candidate, candidate_digest, percent, shadow, changed, changed_by, reason'
const REVISION_COLUMNS = 'policy, number, digest, jws, report, pushed, pushed_by'
const REJECTION_COLUMNS = 'id, policy, number, digest, problems, pushed, pushed_by'

/**
 * Goes from one policy to the next along the primary key, and in each to its newest version: as much work as there are
 * policies, however many states there were. It begins with SELECT, so that no adapter takes it for a write.
 */
const NEWEST_STATES = `SELECT ${STATE_COLUMNS.replaceAll(/\w+/g, 's.$&')}
  FROM (
    WITH RECURSIVE known (policy) AS (
      SELECT MIN(policy) FROM policy_states
      UNION ALL
      SELECT (SELECT MIN(policy) FROM policy_states WHERE policy > known.policy)
      FROM known WHERE known.policy IS NOT NULL
    )
    SELECT policy FROM known WHERE policy IS NOT NULL
  ) p
  JOIN policy_states s ON s.policy = p.policy
    AND s.version = (SELECT MAX(version) FROM policy_states n WHERE n.policy = p.policy)`

export function createRevisionStore(options: {
  readonly database: Database
  readonly audit: AuditLog
  readonly compression: Compression
}): RevisionStore {
  const { database, audit, compression } = options
  const announcement: readonly Statement[] =
    database.dialect === 'postgres'
      ? [{ sql: `SELECT pg_notify('${STATES_CHANNEL}', '')`, params: [] }]
      : []

  const insertContent = async (digest: string, value: JsonValue): Promise<Statement> => ({
    sql: 'INSERT INTO policy_contents (digest, content) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING',
    params: [digest, await compression.compress(new TextEncoder().encode(canonicalJson(value)))],
  })

  const insertRevision = async (
    { policy, number, digest, payload, jws, report, pushed, pushedBy }: RevisionRecord,
    { bundle, tests }: RevisionContents,
  ): Promise<readonly Statement[]> => [
    await insertContent(digest, bundle),
    ...(tests === null ? [] : [await insertContent(payload.testsDigest, tests)]),
    {
      sql: `INSERT INTO policy_revisions (${REVISION_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      params: [
        policy,
        number,
        digest,
        JSON.stringify(jws),
        JSON.stringify(report),
        pushed,
        pushedBy,
      ],
    },
  ]

  const unpack = async (bytes: Row[string]): Promise<JsonValue> => {
    if (!(bytes instanceof Uint8Array)) throw new TypeError('A bundle is stored as bytes')
    return JSON.parse(
      new TextDecoder().decode(await compression.decompress(Uint8Array.from(bytes))),
    )
  }

  const commitOr = async <Reason extends string>(
    event: AuditEvent,
    statements: readonly Statement[],
    reason: Reason,
  ): Promise<Result<null, { readonly reason: Reason }>> => {
    try {
      await audit.commit(event, statements)
      return succeed(null)
    } catch (error) {
      if (error instanceof DatabaseError && error.failure === 'conflict') return fail({ reason })
      throw error
    }
  }

  return {
    async states() {
      return (await database.all(NEWEST_STATES)).map(readState)
    },
    async history(policy, { before, limit }) {
      const sql = `SELECT ${STATE_COLUMNS} FROM policy_states WHERE policy = ? AND version < ? ORDER BY version DESC LIMIT ?`
      const rows = await database.all(sql, [policy, before ?? Number.MAX_SAFE_INTEGER, limit])
      return rows.map(readState)
    },
    async revision(policy, number) {
      const sql = `SELECT ${REVISION_COLUMNS} FROM policy_revisions WHERE policy = ? AND number = ?`
      const [row] = await database.all(sql, [policy, number])
      return row ? readRevision(row) : null
    },
    async revisions(policy, { before, limit }) {
      const sql = `SELECT ${REVISION_COLUMNS} FROM policy_revisions WHERE policy = ? AND number < ? ORDER BY number DESC LIMIT ?`
      const rows = await database.all(sql, [policy, before ?? Number.MAX_SAFE_INTEGER, limit])
      return rows.map(readRevision)
    },
    async rejections(policy, { before, limit }) {
      const sql = `SELECT ${REJECTION_COLUMNS} FROM policy_rejections
        WHERE policy = ? AND (pushed < ? OR (pushed = ? AND id > ?)) ORDER BY pushed DESC, id LIMIT ?`
      const { pushed, id } = before ?? { pushed: Number.MAX_SAFE_INTEGER, id: '' }
      return (await database.all(sql, [policy, pushed, pushed, id, limit])).map(readRejection)
    },
    async content(digest) {
      const sql = 'SELECT content FROM policy_contents WHERE digest = ?'
      const [row] = await database.all(sql, [digest])
      return row ? unpack(row.content ?? null) : null
    },
    async admit(record, contents, event) {
      return commitOr(event, await insertRevision(record, contents), 'number_taken')
    },
    async hasServed(policy, digest) {
      const sql =
        'SELECT 1 AS served FROM policy_states WHERE policy = ? AND active_digest = ? LIMIT 1'
      return (await database.all(sql, [policy, digest])).length > 0
    },
    async reject({ id, policy, number, digest, problems, pushed, pushedBy }, event) {
      const sql = `INSERT INTO policy_rejections (${REJECTION_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`
      const text = JSON.stringify(problems)
      const params = [id, policy, number, digest, text, pushed, pushedBy]
      await audit.commit(event, [{ sql, params }])
    },
    change: (state, event) =>
      commitOr(event, [insertState(state), ...announcement], 'version_taken'),
    async admitAndChange(record, contents, { state, event }) {
      const revision = await insertRevision(record, contents)
      return commitOr(event, [...revision, insertState(state), ...announcement], 'taken')
    },
  }
}

function insertState(state: PolicyState): Statement {
  const { policy, version, action, active, activeDigest, candidate, candidateDigest } = state
  const { percent, shadow, changed, changedBy, reason } = state
  return {
    sql: `INSERT INTO policy_states (${STATE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
    ],
  }
}

function readState(row: Row): PolicyState {
  const { policy, version, action, active, candidate, percent, changed, reason } = row
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
  }
}

/** Reads a row that this program wrote; whether its signatures hold is for `verify` to say. */
function readRevision(row: Row): RevisionRecord {
  const jws = JSON.parse(String(row.jws)) as Envelope
  return {
    policy: String(row.policy),
    number: Number(row.number),
    digest: String(row.digest),
    payload: readPayload(jws),
    jws,
    report: JSON.parse(String(row.report)) as RevisionRecord['report'],
    pushed: Number(row.pushed),
    pushedBy: String(row.pushed_by),
  }
}

function readRejection(row: Row): RejectionRecord {
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
