/**
 * What became of transcripts that earlier exports may have given: which were labelled since, which are gone, and which rows are
 * to be taken out for it. Ids and counts; I/O through the SQL port.
 */
import type { Database, SqlValue } from '../../../database/database.ts'
import { listed } from '../../../database/listed.ts'
import { type GivenExport, readGivenRows } from '../../../transcript/store/given.ts'
import { LABELLED_WITHIN, type NumberRange } from '../../../transcript/store/list.ts'
import type { DropReason } from '../../stage.ts'

export type Touched = {
  /** By transcript that was labelled within the range: the rows that were given of it. */
  readonly labelled: ReadonlyMap<string, readonly string[]>
  /** The same of those whose person was deleted within it. */
  readonly deleted: ReadonlyMap<string, readonly string[]>
  /** How many went within it because they were old; null where nobody tells. */
  readonly expired: number | null
}

export const NOTHING_TOUCHED: Touched = { labelled: new Map(), deleted: new Map(), expired: 0 }

/** A line of what is to be taken out of earlier exports. */
export type Tombstone = {
  /** Of the row; where nobody knows what was given, of the transcript. */
  readonly id: string
  readonly transcript: string
  /** `replaced`: it is in this export as it now is. Else why it is in none. */
  readonly reason: 'replaced' | 'deleted' | DropReason
}

export type TouchedOptions = {
  readonly range: NumberRange
  /** Null: of all. */
  readonly tenants: readonly string[] | null
  /** Null: nobody knows what was given. */
  readonly chain: readonly GivenExport[] | null
}

export async function readTouched(database: Database, options: TouchedOptions): Promise<Touched> {
  const { range, tenants, chain } = options
  const { after, through } = range
  if (after === 0) return NOTHING_TOUCHED
  const within = tenants ? `AND tenant IN (${listed(database)})` : ''
  const own = tenants ? [JSON.stringify(tenants)] : []
  const read = async (where: string, params: readonly SqlValue[]) => {
    const sql = `SELECT DISTINCT transcript_id FROM changes WHERE ${where} ${within} ORDER BY transcript_id`
    const rows = await database.all(sql, [...params, ...own])
    const ids = rows.map((row) => String(row.transcript_id))
    return chain ? readGivenRows(database, chain, ids) : new Map(ids.map((id) => [id, [id]]))
  }
  const labelled = await read(`kind = 'transcript' AND number <= ? AND ${LABELLED_WITHIN}`, [
    after,
    after,
    through,
  ])
  const deleted = await read("kind = 'delete' AND number > ? AND number <= ?", [after, through])
  const sql = `SELECT COUNT(*) AS n FROM changes WHERE kind = 'expire' AND number > ? AND number <= ? ${within}`
  const [row] = await database.all(sql, [after, through, ...own])
  return { labelled, deleted, expired: Number(row?.n ?? 0) }
}

/** Follows what becomes of transcripts that were labelled, and tells then what is to be taken out. */
export class Tombstones {
  readonly #touched: Touched
  readonly #fates = new Map<string, 'replaced' | DropReason>()

  constructor(touched: Touched) {
    this.#touched = touched
  }

  kept(transcript: string): void {
    if (this.#touched.labelled.has(transcript)) this.#fates.set(transcript, 'replaced')
  }

  /** `id`: of a transcript, or of a choice of it. */
  dropped(id: string, reason: DropReason): void {
    const [transcript = ''] = id.split('#')
    const isTold = this.#fates.has(transcript) || !this.#touched.labelled.has(transcript)
    if (!isTold) this.#fates.set(transcript, reason)
  }

  /** In the order of ids, the deleted first. What nobody told of is gone by now, and in the next increment. */
  *all(): Generator<Tombstone> {
    const { deleted, labelled } = this.#touched
    for (const [transcript, ids] of deleted) {
      for (const id of ids) yield { id, transcript, reason: 'deleted' }
    }
    for (const [transcript, ids] of labelled) {
      const reason = this.#fates.get(transcript)
      for (const id of reason ? ids : []) yield { id, transcript, reason: reason ?? 'replaced' }
    }
  }

  counts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {}
    for (const { reason } of this.all()) counts[reason] = (counts[reason] ?? 0) + 1
    return counts
  }
}
