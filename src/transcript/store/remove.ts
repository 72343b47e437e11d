/**
 * Takes transcripts away with all that hangs on them: content, labels, what candidates made of them. I/O through both ports.
 * Content goes first: should this be cut short, rows are left that say what is still to be removed, and never the reverse.
 */
import type { Database, Row, Statement } from '../../database/database.ts'
import { listed } from '../../database/listed.ts'
import { CHANGE_COLUMNS, nextNumber } from './changes.ts'
import type { Blobs } from './sink.ts'

export type RemovePorts = { readonly database: Database; readonly blobs: Blobs }

export type Removable = { readonly id: string; readonly contentKey: string | null }

const TABLES = ['labels', 'candidate_reviews'] as const

export type Removal = {
  /** `delete`: a person is gone, and whoever holds rows of theirs takes them out. `expire`: older than its policy keeps it. */
  readonly kind: 'delete' | 'expire'
  readonly time: number
}

/** Removes rows and their content; the statements before them run in the same transaction. */
export async function removeTranscripts(
  { database, blobs }: RemovePorts,
  rows: readonly Removable[],
  removal: Removal,
  before: readonly Statement[] = [],
): Promise<void> {
  const keys = rows.flatMap(({ contentKey }) => (contentKey === null ? [] : [contentKey]))
  const contents = keys.length === 0 ? [] : await blobs.delete(...keys)
  const ids = JSON.stringify(rows.map(({ id }) => id))
  const changes = changesOf(database, ids, removal)
  await database.batch([
    ...before,
    ...contents,
    changes.noted,
    // Before what hangs on them: a label that is being written holds its transcript, and is there once that is let go.
    { sql: `DELETE FROM transcripts WHERE id IN (${listed(database)})`, params: [ids] },
    ...TABLES.map((table) => ({
      sql: `DELETE FROM ${table} WHERE transcript_id IN (${listed(database)})`,
      params: [ids],
    })),
    ...changes.after,
  ])
}

/**
 * For the transaction that removes transcripts: that they go is noted before they do, and what was said of them goes behind them.
 */
function changesOf(
  database: Pick<Database, 'dialect'>,
  ids: string,
  { kind, time }: Removal,
): { readonly noted: Statement; readonly after: readonly Statement[] } {
  const locked = database.dialect === 'postgres' ? ' ORDER BY id FOR UPDATE' : ''
  // Of two who remove the same, the later one waits, and finds nothing.
  const noted = `INSERT INTO changes (${CHANGE_COLUMNS})
    SELECT ${nextNumber(database, 'id')}, CAST(? AS TEXT), id, NULL, tenant, CAST(? AS BIGINT)
    FROM transcripts WHERE id IN (${listed(database)})${locked}`
  const of = `transcript_id IN (${listed(database)})`
  return {
    noted: { sql: noted, params: [kind, time, ids] },
    after: [
      // The last number of all must stay, or it would be given again.
      `DELETE FROM changes WHERE ${of} AND kind = 'transcript' AND (number IS NULL OR number < (SELECT MAX(number) FROM changes))`,
      // When it was labelled, not by which: what an export gave before that is compared with nothing.
      `UPDATE changes SET kind = 'gone', label_id = NULL WHERE ${of} AND kind IN ('transcript', 'label')`,
    ].map((sql) => ({ sql, params: [ids] })),
  }
}

/** Reads a row of `id` and `content_key`. */
export function readRemovable(row: Row): Removable {
  return {
    id: String(row.id),
    contentKey: row.content_key === null ? null : String(row.content_key),
  }
}
