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
  RevisionContents,
  RevisionReader,
  RevisionRecord,
  RevisionStore,
  RevisionWriter,
  UnservedPolicy,
} from './registry.ts'
import {
  insertRejection,
  insertRevision,
  insertSignature,
  insertState,
  REJECTION_COLUMNS,
  REVISION_COLUMNS,
  readRejection,
  readRevision,
  readState,
  readUnserved,
  SIGNATURE_COLUMNS,
  STATE_COLUMNS,
} from './store-rows.ts'

/** The channel on which PostgreSQL tells every instance that a state has changed. */
export const STATES_CHANNEL = 'chambers_policy_states'

/**
 * The policies of a table, from one to the next along its index: as much work as there are policies, however many rows. It begins
 * with SELECT, so that no adapter takes it for a write.
 */
const policiesOf = (table: string) => `SELECT policy FROM (
    WITH RECURSIVE known (policy) AS (
      SELECT MIN(policy) FROM ${table}
      UNION ALL
      SELECT (SELECT MIN(policy) FROM ${table} WHERE policy > known.policy)
      FROM known WHERE known.policy IS NOT NULL
    )
    SELECT policy FROM known WHERE policy IS NOT NULL
  ) k`

/** In each policy to its newest version. */
const NEWEST_STATES = `SELECT ${STATE_COLUMNS.replaceAll(/\w+/g, 's.$&')}
  FROM (${policiesOf('policy_states')}) p
  JOIN policy_states s ON s.policy = p.policy
    AND s.version = (SELECT MAX(version) FROM policy_states n WHERE n.policy = p.policy)`

/** Of policies without a state, the newest row by a column. */
const newestPush = (table: string, column: string, state: string) =>
  `SELECT r.policy AS policy, r.number AS number, '${state}' AS state, r.pushed AS pushed, r.pushed_by AS pushed_by
  FROM (${policiesOf(table)}) p
  JOIN ${table} r ON r.policy = p.policy
    AND r.${column} = (SELECT MAX(${column}) FROM ${table} n WHERE n.policy = p.policy)
  WHERE NOT EXISTS (SELECT 1 FROM policy_states s WHERE s.policy = p.policy)`

/** The highest number that was pushed and the latest rejection: the later of the two first. Asked when people look. */
const NEWEST_PUSHES = `${newestPush('policy_revisions', 'number', 'admitted')}
  UNION ALL
  ${newestPush('policy_rejections', 'pushed', 'rejected')}
  ORDER BY policy, pushed DESC, state`

type StorePorts = {
  readonly database: Database
  readonly audit: AuditLog
  readonly compression: Compression
}

export function createRevisionStore(ports: StorePorts): RevisionStore {
  return { ...createReader(ports), ...createStateReader(ports), ...createWriter(ports) }
}

function createReader({ database, compression }: StorePorts): Omit<RevisionReader, keyof States> {
  return {
    async revision(policy, number) {
      const sql = `SELECT ${REVISION_COLUMNS} FROM policy_revisions WHERE policy = ? AND number = ?`
      const [[row], joined] = await Promise.all([
        database.all(sql, [policy, number]),
        readJoined(database, policy, { from: number, to: number }),
      ])
      return row ? readRevision(row, joined) : null
    },
    async revisions(policy, { before, limit }) {
      const sql = `SELECT ${REVISION_COLUMNS} FROM policy_revisions WHERE policy = ? AND number < ? ORDER BY number DESC LIMIT ?`
      const rows = await database.all(sql, [policy, before ?? Number.MAX_SAFE_INTEGER, limit])
      const [first, last] = [rows[0], rows.at(-1)]
      if (!first || !last) return []
      const span = { from: Number(last.number), to: Number(first.number) }
      const joined = await readJoined(database, policy, span)
      return rows.map((row) =>
        readRevision(
          row,
          joined.filter(({ number }) => Number(number) === Number(row.number)),
        ),
      )
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
      return row ? unpack(compression, row.content ?? null) : null
    },
  }
}

type States = Pick<
  RevisionReader,
  'states' | 'history' | 'hasServed' | 'hasServedInFull' | 'unserved'
>

function createStateReader({ database }: StorePorts): States {
  return {
    async states() {
      return (await database.all(NEWEST_STATES)).map(readState)
    },
    async history(policy, { before, limit }) {
      const sql = `SELECT ${STATE_COLUMNS} FROM policy_states WHERE policy = ? AND version < ? ORDER BY version DESC LIMIT ?`
      const rows = await database.all(sql, [policy, before ?? Number.MAX_SAFE_INTEGER, limit])
      return rows.map(readState)
    },
    async hasServed(policy, digest) {
      const sql =
        'SELECT 1 AS served FROM policy_states WHERE policy = ? AND active_digest = ? LIMIT 1'
      return (await database.all(sql, [policy, digest])).length > 0
    },
    async hasServedInFull(policy, digest) {
      const sql =
        'SELECT 1 AS served FROM policy_states WHERE policy = ? AND active_digest = ? AND stopped IS NULL LIMIT 1'
      return (await database.all(sql, [policy, digest])).length > 0
    },
    async unserved() {
      const rows = (await database.all(NEWEST_PUSHES)).map(readUnserved)
      const newest = new Map<string, UnservedPolicy>()
      for (const row of rows) if (!newest.has(row.policy)) newest.set(row.policy, row)
      return [...newest.values()]
    },
  }
}

/** Signatures that came after their revisions were pushed, in the order in which they came. */
function readJoined(
  database: Database,
  policy: string,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<readonly Row[]> {
  const sql = `SELECT ${SIGNATURE_COLUMNS} FROM policy_signatures
    WHERE policy = ? AND number >= ? AND number <= ? ORDER BY number, joined, thumbprint`
  return database.all(sql, [policy, from, to])
}

function createWriter({ database, audit, compression }: StorePorts): RevisionWriter {
  const announcement: readonly Statement[] =
    database.dialect === 'postgres'
      ? [{ sql: `SELECT pg_notify('${STATES_CHANNEL}', '')`, params: [] }]
      : []
  return {
    async admit(record, contents, event) {
      const statements = await insertWhole(compression, record, contents)
      return commitOr(audit, { event, statements, reason: 'number_taken' })
    },
    async join(revision, signatures, { state, event }) {
      const rows = signatures.map((signature) => insertSignature(revision, signature))
      const change = state ? [insertState(state), ...announcement] : []
      return commitOr(audit, { event, statements: [...rows, ...change], reason: 'taken' })
    },
    async reject(record, event) {
      await audit.commit(event, [insertRejection(record)])
    },
    async change(state, event) {
      const statements = [insertState(state), ...announcement]
      return commitOr(audit, { event, statements, reason: 'version_taken' })
    },
    async admitAndChange(record, contents, { state, event }) {
      const revision = await insertWhole(compression, record, contents)
      const statements = [...revision, insertState(state), ...announcement]
      return commitOr(audit, { event, statements, reason: 'taken' })
    },
  }
}

/** A revision with all that it names. */
async function insertWhole(
  compression: Compression,
  record: RevisionRecord,
  { bundle, tests }: RevisionContents,
): Promise<readonly Statement[]> {
  const { digest, payload } = record
  return [
    await insertContent(compression, digest, bundle),
    ...(tests === null ? [] : [await insertContent(compression, payload.testsDigest, tests)]),
    insertRevision(record),
  ]
}

async function insertContent(
  compression: Compression,
  digest: string,
  value: JsonValue,
): Promise<Statement> {
  return {
    sql: 'INSERT INTO policy_contents (digest, content) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING',
    params: [digest, await compression.compress(new TextEncoder().encode(canonicalJson(value)))],
  }
}

async function unpack(compression: Compression, bytes: Row[string]): Promise<JsonValue> {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('A bundle is stored as bytes')
  return JSON.parse(new TextDecoder().decode(await compression.decompress(Uint8Array.from(bytes))))
}

/** The reason where another one was quicker. */
async function commitOr<Reason extends string>(
  audit: AuditLog,
  write: {
    readonly event: AuditEvent
    readonly statements: readonly Statement[]
    readonly reason: Reason
  },
): Promise<Result<null, { readonly reason: Reason }>> {
  const { event, statements, reason } = write
  try {
    await audit.commit(event, statements)
    return succeed(null)
  } catch (error) {
    if (error instanceof DatabaseError && error.failure === 'conflict') return fail({ reason })
    throw error
  }
}
