/**
 * Takes transcripts away with all that hangs on them: content, labels, what candidates made of them. I/O through both ports.
 * Content goes first: should this be cut short, rows are left that say what is still to be removed, and never the reverse.
 */
import type { Database, Row, Statement } from '../../database/database.ts'
import type { Blobs } from './sink.ts'

export type RemovePorts = { readonly database: Database; readonly blobs: Blobs }

export type Removable = { readonly id: string; readonly contentKey: string | null }

const TABLES = ['labels', 'candidate_reviews'] as const

/** Removes rows and their content; the statements before them run in the same transaction. */
export async function removeTranscripts(
  { database, blobs }: RemovePorts,
  rows: readonly Removable[],
  before: readonly Statement[] = [],
): Promise<void> {
  const keys = rows.flatMap(({ contentKey }) => (contentKey === null ? [] : [contentKey]))
  const contents = keys.length === 0 ? [] : await blobs.delete(...keys)
  const ids = JSON.stringify(rows.map(({ id }) => id))
  await database.batch([
    ...before,
    ...contents,
    // Before what hangs on them: a label that is being written holds its transcript, and is there once that is let go.
    { sql: `DELETE FROM transcripts WHERE id IN (${listed(database)})`, params: [ids] },
    ...TABLES.map((table) => ({
      sql: `DELETE FROM ${table} WHERE transcript_id IN (${listed(database)})`,
      params: [ids],
    })),
  ])
}

/** Reads a row of `id` and `content_key`. */
export function readRemovable(row: Row): Removable {
  return {
    id: String(row.id),
    contentKey: row.content_key === null ? null : String(row.content_key),
  }
}

/** One parameter for however many there are, as a JSON array: D1 takes a hundred at most. */
export function listed({ dialect }: Pick<Database, 'dialect'>): string {
  return dialect === 'postgres'
    ? 'SELECT jsonb_array_elements_text(CAST(? AS jsonb))'
    : 'SELECT value FROM json_each(?)'
}
