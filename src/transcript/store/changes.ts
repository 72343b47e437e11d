/**
 * The order in which transcripts, labels and removals were stored: each has a number, across all instances, and whoever has read up
 * to one never meets a lower one later. SQL as data, and I/O through the SQL port. It holds ids, and no content.
 * SQLite and D1 have one writer at a time, which gives the number as it writes. On PostgreSQL a lock held until the end of each
 * transaction would let one commit at a time (measured: a fifth of the writes); there, what was committed is numbered before
 * anyone reads by numbers.
 */
import type { Database, Statement } from '../../database/database.ts'

type Dialect = Pick<Database, 'dialect'>

export const CHANGE_COLUMNS = 'number, kind, transcript_id, label_id, tenant, time'
/** Of all that has one. */
const LAST_NUMBER = 'SELECT COALESCE(MAX(number), 0) FROM changes'

/** Any number, the same for every instance: "chng" as bytes. */
const ADVISORY_LOCK = 0x63686e67
/** Numbered in one transaction. */
const AT_ONCE = 10_000
/** What one moment saw in the order in which it must have come: a label after its transcript. */
const NUMBER = `UPDATE changes SET number = (${LAST_NUMBER}) + waiting.n FROM (
    SELECT ctid AS place, ROW_NUMBER() OVER (ORDER BY time, transcript_id, kind DESC, label_id) AS n FROM (
      SELECT ctid, time, transcript_id, kind, label_id FROM changes WHERE number IS NULL
      ORDER BY time, transcript_id, kind DESC, label_id LIMIT ${AT_ONCE}
    ) AS first
  ) AS waiting WHERE changes.ctid = waiting.place`

/** An insertion into `transcripts`, with its number; a transcript that was there keeps the one it has. */
export function appendStatements(
  { dialect }: Dialect,
  { insert, id }: { readonly insert: Statement; readonly id: string },
): readonly Statement[] {
  if (dialect === 'postgres') {
    // In one: a statement more is a way to the server and back.
    const sql = `WITH put AS (${insert.sql} RETURNING id, tenant, time) INSERT INTO changes (${CHANGE_COLUMNS})
      SELECT NULL, 'transcript', id, NULL, tenant, time FROM put`
    return [{ sql, params: insert.params }]
  }
  const sql = `INSERT INTO changes (${CHANGE_COLUMNS})
    SELECT (${LAST_NUMBER}) + 1, 'transcript', id, NULL, tenant, time FROM transcripts
    WHERE id = ? AND NOT EXISTS (SELECT 1 FROM changes WHERE transcript_id = transcripts.id AND kind = 'transcript')`
  return [insert, { sql, params: [id] }]
}

/** For the transaction that writes the label, behind it. */
export function labelledStatement(
  database: Dialect,
  { id, tenant }: { readonly id: string; readonly tenant: string },
): Statement {
  return {
    sql: `INSERT INTO changes (${CHANGE_COLUMNS})
      SELECT ${nextNumber(database)}, 'label', transcript_id, id, CAST(? AS TEXT), time FROM labels WHERE id = ?`,
    params: [tenant, id],
  }
}

/** The last number; all that is committed has one by then. @throws DatabaseError when the database does not answer. */
export async function settleNumbers(database: Database): Promise<number> {
  await numberWaiting(database)
  const [row] = await database.all('SELECT MAX(number) AS last FROM changes')
  return Number(row?.last ?? 0)
}

/** Gives what is committed its numbers, where nobody has yet. @throws DatabaseError like `settleNumbers`. */
export async function numberWaiting(database: Database): Promise<void> {
  if (database.dialect !== 'postgres') return
  const [row] = await database.all('SELECT COUNT(*) AS n FROM changes WHERE number IS NULL')
  for (let left = Number(row?.n); left > 0; left -= AT_ONCE) {
    await database.batch([
      { sql: 'SELECT pg_advisory_xact_lock(?)', params: [ADVISORY_LOCK] },
      { sql: NUMBER, params: [] },
    ])
  }
}

/** Of a row of `transcripts`, for a SELECT: null where it has none yet. */
export const NUMBER_OF_ROW =
  "(SELECT number FROM changes WHERE changes.transcript_id = transcripts.id AND changes.kind = 'transcript') AS number"

/** For a SELECT of what is inserted: the number of one, or of as many as there are, by their `order`. */
export function nextNumber({ dialect }: Dialect, order: string | null = null): string {
  if (dialect === 'postgres') return 'CAST(NULL AS BIGINT)'
  return `(${LAST_NUMBER}) + ${order === null ? '1' : `ROW_NUMBER() OVER (ORDER BY ${order})`}`
}
