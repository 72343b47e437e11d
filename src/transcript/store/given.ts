/**
 * What earlier exports gave: the ids of their rows, and what those are compared by. I/O through the SQL port; reads alone.
 */
import type { Database } from '../../database/database.ts'
import { listed } from '../../database/listed.ts'

export type GivenExport = {
  readonly id: string
  /** How far it read. */
  readonly through: number
}

const TRANSCRIPTS_AT_ONCE = 500
const PRINTS_AT_ONCE = 5_000

/** By transcript: the rows that any of the exports gave of it. Those of which none was given are not in it. */
export async function readGivenRows(
  database: Database,
  exports: readonly GivenExport[],
  transcripts: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const sql = `SELECT DISTINCT transcript_id, row FROM export_rows
    WHERE export_id IN (${listed(database)}) AND transcript_id IN (${listed(database)}) ORDER BY transcript_id, row`
  const ids = JSON.stringify(exports.map(({ id }) => id))
  const found = new Map<string, string[]>()
  for (let at = 0; at < transcripts.length; at += TRANSCRIPTS_AT_ONCE) {
    const some = JSON.stringify(transcripts.slice(at, at + TRANSCRIPTS_AT_ONCE))
    for (const row of await database.all(sql, [ids, some])) {
      const transcript = String(row.transcript_id)
      found.set(transcript, [...(found.get(transcript) ?? []), String(row.row)])
    }
  }
  return found
}

/**
 * What the rows of an export are compared by, in no order, but for those that a later label or deletion has taken back: whether
 * they are there still, later exports say.
 */
export async function* readGivenPrints(
  database: Database,
  { id, through }: GivenExport,
): AsyncGenerator<Uint8Array> {
  const sql = `SELECT transcript_id, row, fingerprint FROM export_rows
    WHERE export_id = ? AND (transcript_id, row) > (?, ?) AND fingerprint IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM changes WHERE changes.transcript_id = export_rows.transcript_id
      AND changes.kind IN ('label', 'gone', 'delete') AND changes.number > ?
    ) ORDER BY transcript_id, row LIMIT ${PRINTS_AT_ONCE}`
  for (let place = ['', '']; ; ) {
    const rows = await database.all(sql, [id, ...place, through])
    for (const { fingerprint } of rows) if (fingerprint instanceof Uint8Array) yield fingerprint
    const last = rows.at(-1)
    if (!last || rows.length < PRINTS_AT_ONCE) return
    place = [String(last.transcript_id), String(last.row)]
  }
}
